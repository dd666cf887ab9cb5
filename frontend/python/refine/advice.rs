//! What would make an image of a Python service smaller, by what is found in it. Each piece of advice names bytes that were found, and a way out.

use crate::python::cuda;
use crate::refine::steps::notes::megabytes;
use crate::refine::steps::weights::MIN_ADVICE_BYTES;
use crate::refine::tree::Tree;

/// Tools for developers, which a service does not run.
const TOOLS: &[&str] = &[
    "autopep8",
    "bandit",
    "black",
    "build",
    "coverage",
    "flake8",
    "hypothesis",
    "ipython",
    "isort",
    "jupyter",
    "jupyterlab",
    "mypy",
    "nbconvert",
    "nodeenv",
    "notebook",
    "nox",
    "pip",
    "pip-tools",
    "pipenv",
    "poetry",
    "pre-commit",
    "pylint",
    "pyright",
    "pytest",
    "pytest-asyncio",
    "pytest-cov",
    "ruff",
    "setuptools",
    "sphinx",
    "tox",
    "twine",
    "uv",
    "virtualenv",
    "wheel",
];

/// What would help.
pub(super) fn advice(tree: &Tree, weights: &[(String, u64)]) -> Vec<String> {
    let of = |wanted: &dyn Fn(&str) -> bool| -> (Vec<&str>, u64) {
        let found: Vec<&(String, u64)> = weights.iter().filter(|(name, _)| wanted(name)).collect();
        (found.iter().map(|(name, _)| name.as_str()).collect(), found.iter().map(|(_, bytes)| bytes).sum())
    };
    let mut said = vec![];
    let (cuda, bytes) = of(&cuda::is_cuda);
    if !cuda.is_empty() {
        said.push(format!("{} packages for CUDA take {}; `torch: cpu` leaves them out", cuda.len(), megabytes(bytes)));
    }
    let (tools, bytes) = of(&|name| TOOLS.contains(&name));
    if bytes >= MIN_ADVICE_BYTES / 4 {
        said.push(format!("tools for developers take {}: {}; move them to a dependency group", megabytes(bytes), tools.join(", ")));
    }
    let (_, botocore) = of(&|name| name == "botocore");
    let data = tree.iter().filter(|(path, _)| path.contains("/botocore/data/")).map(|(_, entry)| entry.size()).sum::<u64>();
    if botocore > 0 && data > 4 * MIN_ADVICE_BYTES {
        let data = megabytes(data);
        said.push(format!(
            "botocore's descriptions of all AWS services take {data}; `prune: {{ aws: [s3, …] }}` keeps those that are used"
        ));
    }
    if weights.iter().any(|(name, _)| name == "opencv-python") {
        said.push("opencv-python brings windows and their libraries; opencv-python-headless does the same for a service".to_owned());
    }
    said
}
