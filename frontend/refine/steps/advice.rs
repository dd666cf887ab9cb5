//! What would make an image smaller, by what is found in it. Each piece of advice names bytes that were found, and a way out.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::refine::inventory::Inventory;
use crate::refine::tree::Tree;

use super::account::megabytes;

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

/// From this size on something is worth a word.
const WORTH: u64 = 1_000_000;

/// Bytes of every distribution, the largest first.
#[must_use]
pub fn weights(tree: &Tree, inventory: &Inventory) -> Vec<(String, u64)> {
    let mut found: Vec<(String, u64)> = inventory
        .distributions
        .iter()
        .map(|d| (d.name.clone(), d.files.iter().filter_map(|f| tree.get(f)).map(crate::refine::tree::Entry::size).sum()))
        .collect();
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    found
}

/// What would help.
#[must_use]
pub fn advice(tree: &Tree, inventory: &Inventory) -> Vec<String> {
    let weights = weights(tree, inventory);
    let of = |wanted: &dyn Fn(&str) -> bool| -> (Vec<&str>, u64) {
        let found: Vec<&(String, u64)> = weights.iter().filter(|(name, _)| wanted(name)).collect();
        (found.iter().map(|(name, _)| name.as_str()).collect(), found.iter().map(|(_, bytes)| bytes).sum())
    };
    let mut said = vec![];
    let (cuda, bytes) = of(&|name| name.starts_with("nvidia-") || name == "triton" || name.starts_with("cuda-"));
    if !cuda.is_empty() {
        said.push(format!("{} packages for CUDA take {}; `torch: cpu` leaves them out", cuda.len(), megabytes(bytes)));
    }
    let (tools, bytes) = of(&|name| TOOLS.contains(&name));
    if bytes >= WORTH / 4 {
        said.push(format!("tools for developers take {}: {}; move them to a dependency group", megabytes(bytes), tools.join(", ")));
    }
    let (_, botocore) = of(&|name| name == "botocore");
    let data = tree.iter().filter(|(path, _)| path.contains("/botocore/data/")).map(|(_, entry)| entry.size()).sum::<u64>();
    if botocore > 0 && data > 4 * WORTH {
        let data = megabytes(data);
        said.push(format!(
            "botocore's descriptions of all AWS services take {data}; `prune: {{ aws: [s3, …] }}` keeps those that are used"
        ));
    }
    if weights.iter().any(|(name, _)| name == "opencv-python") {
        said.push("opencv-python brings windows and their libraries; opencv-python-headless does the same for a service".to_owned());
    }
    let (twice, bytes) = duplicates(tree);
    if bytes >= WORTH {
        said.push(format!("the same libraries are there more than once, {} in all: {}", megabytes(bytes), twice.join(", ")));
    }
    said
}

/// Native libraries with equal content: their names, and the bytes beyond the first of each.
fn duplicates(tree: &Tree) -> (Vec<String>, u64) {
    const LEAST: u64 = 200_000;
    let mut by_size: BTreeMap<u64, Vec<(&str, &crate::refine::tree::Entry)>> = BTreeMap::new();
    for (path, entry) in tree.iter().filter(|(path, entry)| path.contains(".so") && entry.size() >= LEAST) {
        by_size.entry(entry.size()).or_default().push((path, entry));
    }
    let mut names = vec![];
    let mut bytes = 0;
    for (size, files) in by_size.into_iter().rev().filter(|(_, files)| files.len() > 1) {
        let mut seen: BTreeMap<Vec<u8>, &str> = BTreeMap::new();
        for (path, entry) in files {
            let Ok(content) = entry.bytes() else { continue };
            if seen.insert(Sha256::digest(&content).to_vec(), path).is_some() {
                names.push(path.rsplit('/').next().unwrap_or(path).to_owned());
                bytes += size;
            }
        }
    }
    (names, bytes)
}
