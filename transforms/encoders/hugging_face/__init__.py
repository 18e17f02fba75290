"""Opens encoders that lie in a folder as Hugging Face and sentence-transformers write them; none of their code runs.

    encoder = transforms.encoders.resolve("hf:models/e5-small?query=query: &document=passage: ").load()

Of texts: `folder` reads what the folder says, `weights` the arrays, `bert` makes a TensorFlow graph of them, `networks` runs it
(or a graph in ONNX), `pooling` makes a text's vector of those of its tokens, `text_encoder` puts them together on the best
engine.

Of images: `image_folder` reads what the folder says, `preprocessing` what is done to pixels, `vision_weights` the arrays,
`vision` makes a TensorFlow graph of them, which runs as every other image network does; `onnx_images` runs a graph in ONNX. A
folder of two towers has both: `text_tower` makes the graph of the other, for `text_encoder`.
"""
