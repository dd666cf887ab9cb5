//! Wheels of well-known packages by their size, for locks that tell none.

/// Wheels of well-known packages in kilobytes, for locks that tell no sizes.
#[rustfmt::skip]
const INSTALLED_BYTES: &[(&str, u64)] = &[
    ("tensorflow", 600_000), ("torch", 200_000), ("jaxlib", 80_000), ("ray", 70_000), ("opencv-python", 60_000), ("llvmlite", 50_000),
    ("opencv-python-headless", 50_000), ("playwright", 45_000), ("pyarrow", 42_000), ("polars", 35_000), ("scipy", 35_000),
    ("spacy", 32_000), ("faiss-cpu", 23_000), ("duckdb", 20_000), ("onnx", 17_000), ("onnxruntime", 17_000), ("numpy", 16_000),
    ("botocore", 14_000), ("google-api-python-client", 14_000), ("scikit-image", 14_000), ("pandas", 12_000), ("transformers", 11_000),
    ("babel", 10_000), ("statsmodels", 10_000), ("scikit-learn", 9_000), ("streamlit", 9_000), ("django", 8_000), ("matplotlib", 8_000),
    ("grpcio", 6_000), ("pillow", 6_000), ("sympy", 6_000), ("fonttools", 5_000), ("lxml", 5_000), ("psycopg-binary", 5_000),
    ("cryptography", 4_000), ("numba", 4_000), ("uvloop", 4_000), ("asyncpg", 3_600), ("sqlalchemy", 3_300), ("psycopg2-binary", 3_000),
    ("tokenizers", 3_000), ("grpcio-tools", 2_600), ("gevent", 2_100), ("networkx", 2_000), ("pydantic-core", 2_000),
    ("aiohttp", 1_700), ("kiwisolver", 1_400), ("pynacl", 1_400), ("pygments", 1_200), ("setuptools", 1_200),
    ("djangorestframework", 1_100), ("langchain", 1_000), ("nltk", 1_000), ("openai", 1_000), ("tiktoken", 1_000), ("rignore", 950),
    ("pyzmq", 860), ("fastar", 820), ("pyyaml", 800), ("regex", 800), ("greenlet", 600), ("huggingface-hub", 560), ("pytz", 510),
    ("httptools", 500), ("safetensors", 500), ("sentence-transformers", 490), ("cffi", 480), ("pydantic", 460), ("watchfiles", 450),
    ("celery", 440), ("narwhals", 420), ("anthropic", 400), ("sentry-sdk", 400), ("rpds-py", 390), ("contourpy", 350), ("tzdata", 350),
    ("yarl", 350), ("dnspython", 330), ("protobuf", 320), ("rich", 310), ("joblib", 300), ("bcrypt", 280),
    ("google-cloud-storage", 280), ("psutil", 280), ("redis", 280), ("alembic", 250), ("multidict", 250), ("frozenlist", 240),
    ("python-dateutil", 230), ("werkzeug", 220), ("kombu", 210), ("websockets", 180), ("certifi", 160), ("charset-normalizer", 150),
    ("boto3", 140), ("orjson", 140), ("gunicorn", 130), ("jinja2", 130), ("urllib3", 130), ("opentelemetry-sdk", 120), ("anyio", 110),
    ("click", 110), ("fastapi", 110), ("requests", 110), ("flask", 100),
];

/// Bytes of a package of which a lock tells none; nothing is known of those that are not listed.
pub(super) fn known(name: &str) -> u64 {
    INSTALLED_BYTES.iter().find(|(known, _)| *known == name).map_or(0, |(_, kilobytes)| kilobytes * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_without_sizes_knows_the_usual_ones() {
        assert_eq!((known("numpy"), known("leftpad")), (16_000_000, 0));
    }
}
