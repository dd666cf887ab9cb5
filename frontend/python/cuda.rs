//! What a package of CUDA is, and which packages come in a build for it and in one for the processor: said here and nowhere else.

/// Packages that the indexes of `PyTorch` hold in a build for the processor and one for CUDA under one name.
const FAMILY: &[&str] = &["torch", "torchvision", "torchaudio"];

/// How the names of packages begin that only a build for CUDA asks for.
const CUDA: &[&str] = &["nvidia-", "cuda-", "triton", "pytorch-triton", "cusparselt"];

/// Packages whose names begin so, and which others ask for: they only tell how a card is doing.
const OTHERS: &[&str] = &["nvidia-ml-py"];

/// Whether a package of this name comes in a build for the processor and one for CUDA.
pub(crate) fn is_family(name: &str) -> bool {
    FAMILY.contains(&name)
}

/// Whether a package of this name is there for CUDA alone.
pub(crate) fn is_cuda(name: &str) -> bool {
    CUDA.iter().any(|prefix| name.starts_with(prefix)) && !OTHERS.contains(&name)
}

/// Whether a build is one for the processor, by its version and the address that it comes from.
pub(crate) fn is_for_cpu(version: Option<&str>, address: Option<&str>) -> bool {
    address.is_some_and(|address| address.contains("/whl/cpu")) || version.is_some_and(|version| version.ends_with("+cpu"))
}

/// A version without the part that names a build.
pub(crate) fn public(version: &str) -> &str {
    version.split('+').next().unwrap_or(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_cuda_are_known_by_their_names() {
        for name in ["nvidia-cublas-cu12", "nvidia-cudnn-cu13", "cuda-bindings", "triton", "pytorch-triton-rocm", "cusparselt-cu12"] {
            assert!(is_cuda(name) && !is_family(name), "{name}");
        }
        for name in ["torch", "torchmetrics", "nvidia-ml-py", "numpy", "cudf"] {
            assert!(!is_cuda(name), "{name}");
        }
    }

    #[test]
    fn builds_are_told_apart() {
        assert!(is_for_cpu(Some("2.9.1+cpu"), None) && is_for_cpu(Some("2.9.1"), Some("https://download.pytorch.org/whl/cpu")));
        assert!(!is_for_cpu(Some("2.9.1+cu128"), Some("https://download.pytorch.org/whl/cu128")) && !is_for_cpu(None, None));
        assert_eq!((public("2.9.1+cu128"), public("2.9.1")), ("2.9.1", "2.9.1"));
    }
}
