"""Opens text encoders that lie in a folder as Hugging Face and sentence-transformers write them; none of their code runs.

    encoder = transforms.encoders.resolve("hf:models/e5-small?query=query: &document=passage: ").load()

`folder` reads what the folder says, `weights` the arrays, `bert` makes a TensorFlow graph of them, `networks` runs it (or a graph
in ONNX), `pooling` makes a text's vector of those of its tokens, `text_encoder` puts them together on the best engine.
"""
