//! Which packages share a layer. What is heavy and seldom changes stands apart from what is light, so that a new version of a
//! small package moves little, and services with the same large package share its layer.
//! The rules look at a package's own size in the lock and at nothing else that is installed, so that they are stable.

use crate::diag::{Diagnostic, Sink, codes, nearest};
use crate::recipe::input::{self, Inputs};
use crate::spec::Spec;

/// A package that is installed, with the size of its largest wheel where the lock tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Weight {
    /// Its name.
    pub(crate) name: String,
    /// Bytes to download.
    pub(crate) bytes: Option<u64>,
}

/// From this size on a package has a layer of its own, while there are any left.
const OWN: u64 = 10_000_000;
/// How many there are.
const OWN_LAYERS: usize = 2;
/// From this size on it is not among the light ones.
const HEAVY: u64 = 100_000;
const OTHERS: &str = "packages";
const HEAVIER: &str = "heavy";

/// Wheels of well-known packages in kilobytes, for locks that tell no sizes.
#[rustfmt::skip]
const KNOWN: &[(&str, u64)] = &[
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

/// Gives the recipe the layers and what is in them: the spec's own choice, else one by size.
pub(super) fn add(spec: &Spec, packages: &[Weight], inputs: &mut Inputs, sink: &mut Sink) {
    let mut packages: Vec<(&str, u64)> = packages.iter().map(|p| (p.name.as_str(), bytes(p))).collect();
    packages.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    packages.dedup_by_key(|p| p.0);
    let layers = match &spec.layers {
        Some(layers) => {
            let known: Vec<&str> = packages.iter().map(|p| p.0).collect();
            let mut asked: Vec<(String, Vec<String>)> = vec![];
            for (index, item) in layers.value.iter().enumerate() {
                let mut names = vec![];
                for word in &item.0 {
                    let name = crate::python::locks::uv::normalized(word.value.as_str());
                    if !known.contains(&name.as_str()) {
                        sink.push(unknown(word.value.as_str(), word.place, &known));
                    } else if asked.iter().any(|(_, taken)| taken.contains(&name)) {
                        let message = format!("`{}` is in two layers", word.value);
                        sink.push(Diagnostic::new(codes::CONTRADICTION, message).at(word.place, "").help("keep it in one of them"));
                    }
                    names.push(name);
                }
                asked.push((format!("layer-{}", index + 1), names));
            }
            asked
        }
        None => by_size(&packages),
    };
    let mut shown: Vec<(String, String)> = layers.iter().map(|(name, packages)| (name.clone(), label(packages))).collect();
    let placed = layers.iter().map(|(_, names)| names.len()).sum::<usize>();
    if placed < packages.len() || shown.is_empty() {
        let what = if shown.is_empty() { "the packages" } else { "the other packages" };
        shown.push((OTHERS.to_owned(), what.to_owned()));
    }
    let members = layers.iter().flat_map(|(layer, names)| names.iter().map(move |name| (name.clone(), layer.clone())));
    inputs.set(input::LAYER_PACKAGES, members.collect());
    inputs.set(input::STABLE_LAYERS, layers.iter().map(|(name, _)| name.clone()).collect());
    inputs.set(input::LAYERS, shown);
}

/// What a package weighs for the rules: not knowing anything, little.
fn bytes(package: &Weight) -> u64 {
    let known = || KNOWN.iter().find(|(name, _)| *name == package.name).map(|(_, kilobytes)| kilobytes * 1_000);
    package.bytes.or_else(known).unwrap_or(0)
}

/// Layers from the stable to the changing one, without the last. Packages are sorted by size.
fn by_size(packages: &[(&str, u64)]) -> Vec<(String, Vec<String>)> {
    let own = packages.iter().filter(|(_, bytes)| *bytes >= OWN).take(OWN_LAYERS);
    let mut layers: Vec<_> = own.map(|(name, _)| ((*name).to_owned(), vec![(*name).to_owned()])).collect();
    let heavy = packages.iter().skip(layers.len()).filter(|(_, bytes)| *bytes >= HEAVY).map(|(name, _)| (*name).to_owned());
    let heavy: Vec<String> = heavy.collect();
    if !heavy.is_empty() {
        layers.push((HEAVIER.to_owned(), heavy));
    }
    layers
}

fn label(packages: &[String]) -> String {
    match packages {
        [only] => only.clone(),
        [first, second] => format!("{first} and {second}"),
        [first, rest @ ..] => format!("{first} and {} more large packages", rest.len()),
        [] => String::new(),
    }
}

fn unknown(name: &str, place: crate::diag::Place, known: &[&str]) -> Diagnostic {
    let near = nearest(name, known.iter().copied()).map(|n| format!("did you mean `{n}`?"));
    let found = Diagnostic::new(codes::NO_PACKAGE, format!("`{name}` is not among the packages that are installed"));
    found.at(place, near.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_stand_alone_and_the_light_ones_together() {
        let packages = [("scipy", 35_000_000), ("numpy", 16_000_000), ("pandas", 12_000_000), ("orjson", 140_000), ("idna", 70_000)];
        let layers = by_size(&packages);
        let shown: Vec<_> = layers.iter().map(|(name, packages)| (name.as_str(), packages.join(" "))).collect();
        assert_eq!(shown, [("scipy", "scipy".into()), ("numpy", "numpy".into()), ("heavy", "pandas orjson".to_owned())]);
        assert_eq!(label(&layers[2].1), "pandas and orjson");
    }

    #[test]
    fn a_lock_without_sizes_knows_the_usual_ones() {
        assert_eq!(bytes(&Weight { name: "numpy".into(), bytes: None }), 16_000_000);
        assert_eq!(bytes(&Weight { name: "numpy".into(), bytes: Some(5) }), 5);
        assert_eq!(bytes(&Weight { name: "leftpad".into(), bytes: None }), 0);
    }
}
