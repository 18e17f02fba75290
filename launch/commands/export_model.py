"""`vectormill export-model`: writes a published model for other runtimes."""

from __future__ import annotations

from typing import Any

import click

from launch.terminal.text import folder, printable


@click.command(
    "export-model", short_help="Write a published model as TensorFlow Lite, .keras or ONNX, or for a browser."
)
@click.argument("model")
@click.option("--format", "export_format", type=click.Choice(["tflite", "keras", "onnx", "web"]), required=True)
@click.option("--to", "out", required=True, metavar="FILE", help="New file; of web a new folder.")
@click.option(
    "--weights",
    type=click.Choice(["float32", "float16"]),
    default="float32",
    show_default=True,
    help="How an image encoder's weights are stored; of web.",
)
def export_model(model: str, export_format: Any, out: str, weights: Any) -> None:
    """Write MODELS/NAME (its newest version) or MODELS/NAME/VERSION to a file for another runtime.

    keras: the head, from transformed vectors to logits. tflite: the head with its transform, from vectors to scores; of an
    image model the encoder, too, from pixels. onnx: the same, of any number of items, compared with TensorFlow's scores. web: a
    folder for any static server, whose page labels texts and learns classes in the browser; of image models, and of text models
    on use-multilingual.
    """
    from transforms.common.errors import RequestError
    from transforms.heads import model_folder
    from transforms.heads.serve.convert import convert
    from transforms.heads.serve.served_model import ServedModel
    from transforms.storage import files
    from transforms.storage.write_errors import writing

    place, number = model_folder.located(folder(model))
    scorer = ServedModel(files.join(place, str(number)))
    if weights != "float32" and export_format != "web":
        raise RequestError("--weights is of --format web")
    if export_format == "web":
        from transforms.web.export import export_web

        with writing(out):
            facts = export_web(scorer, folder(out), name=files.basename(place), version=number, weights=weights)
        click.echo(
            printable(f"{out}: {scorer.folder} for a browser, {len(facts['files']) + 1} files; serve it over http")
        )
        return
    signature = convert(scorer, export_format, folder(out))
    click.echo(printable(f"{out}: {scorer.folder} as {export_format}, {signature}"))
