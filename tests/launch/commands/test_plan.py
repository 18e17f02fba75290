"""`vectormill plan`: what a large run would take, from measured rates and list prices."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

import launch.cost
from benchmarks.figures import HERE
from launch.commands.plan import plan
from transforms.common.errors import RequestError

COST = Path(launch.cost.__file__).parent


def asked(*options: str) -> Result:
    return CliRunner().invoke(plan, ["--rows", "1e9", "--encoder", "use-multilingual", *options], standalone_mode=False)


def facts(*options: str) -> dict[str, Any]:
    result = asked("--json", *options)
    assert result.exception is None
    return json.loads(result.output)


def test_an_estimate_fits_on_one_screen_and_says_what_it_assumes() -> None:
    lines = asked().output.splitlines()

    assert len(lines) <= 24 and max(map(len, lines)) <= 120
    assert lines[0] == (
        "1,000,000,000 items of 200 bytes by use-multilingual (512 values), on 20 workers n2-standard-8"
    )
    assert [line.split()[0] for line in lines if not line.startswith(" ")][1:] == [
        *("time", "cost", "bytes", "shards", "commit", "prices", "assumed")
    ]


def test_more_rows_cost_more_and_more_workers_take_less_time() -> None:
    one = facts()
    double = facts("--rows", "2e9")
    wide = facts("--workers", "40")

    assert (double["table_bytes"], double["read_bytes"]) == (2 * one["table_bytes"], 2 * one["read_bytes"])
    assert 1.9 < double["dollars"] / one["dollars"] < 2.01
    assert wide["seconds"] < one["seconds"] < double["seconds"]
    assert one["encode_seconds"] == pytest.approx(1e9 / (one["rate"] * 20 * 0.9), rel=0.01)
    assert one["shards"] == -(-one["read_bytes"] // (16 << 20))


def test_a_rate_of_ones_own_takes_the_place_of_a_measured_one() -> None:
    found = facts("--rate", "1000", "--machine", "g2-standard-8", "--accelerator", "nvidia-l4")
    assert (found["rate"], found["rate_from"]) == (1000, "given")
    assert found["machine"] == "g2-standard-8 + 1 x nvidia-l4"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--accelerator", "nvidia-l4"],
            r"no rate of use-multilingual on n2-standard-8 \+ 1 x nvidia-l4 has been measured",
        ),
        (
            ["--accelerator", "abacus", "--rate", "1"],
            "no price is known; there are those of nvidia-l4, nvidia-tesla-t4",
        ),
        (["--machine", "large"], "--machine large: write it as n2-standard-8"),
        (["--encoder", "keras://MobileNetV2"], "give a name of `vectormill encoders`"),
    ],
)
def test_what_is_not_known_is_not_guessed(options: list[str], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        raise asked(*options).exception or AssertionError("it was guessed")


def test_rates_are_those_of_the_benchmarks() -> None:
    measured = json.loads((HERE / "figures.json").read_text())
    rates = yaml.safe_load((COST / "rates.yaml").read_text())
    for rate in rates["encoders"]:
        if "figure" in rate:
            assert rate["rate"] == pytest.approx(measured[rate["figure"]]["value"], rel=0.05), rate
    for name, value in rates["shards"].items():
        assert value == measured[f"many_shards/{name}"]["value"]


def test_prices_have_a_date_and_places_to_look_at() -> None:
    prices = yaml.safe_load((COST / "prices.yaml").read_text())
    assert isinstance(prices["date"], date)
    assert set(prices["sources"]) == {"worker", "gpus", "storage"}
