//! Which packages share a layer. What is heavy and seldom changes stands apart from what is light, so that a new version of a
//! small package moves little, and services with the same large package share its layer.
//! The rules look at a package's own size in the lock and at nothing else that is installed, so that they are stable.

use crate::diag::{Diagnostic, Sink, codes, nearest};
use crate::ecosystem::Installed;
use crate::recipe::input::{self, Inputs};
use crate::spec::Spec;

/// From this size on a package has a layer of its own, while there are any left.
const OWN_LAYER_BYTES: u64 = 10_000_000;
/// How many there are.
const OWN_LAYERS: usize = 2;
/// From this size on it is not among the light ones.
const LIGHT_BELOW: u64 = 100_000;
const SHARED_LAYER: &str = "packages";
const HEAVY_LAYER: &str = "heavy";

/// Gives the recipe the layers and what is in them: the spec's own choice, else one by size.
pub(super) fn add(spec: &Spec, installed: &Installed, inputs: &mut Inputs, sink: &mut Sink) {
    let mut packages: Vec<(&str, u64)> = installed.packages.iter().map(|p| (p.name.as_str(), p.bytes)).collect();
    packages.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    packages.dedup_by_key(|p| p.0);
    let layers = match &spec.layers {
        Some(layers) => {
            let known: Vec<&str> = packages.iter().map(|p| p.0).collect();
            let mut asked: Vec<(String, Vec<String>)> = vec![];
            for (index, item) in layers.value.iter().enumerate() {
                let mut names = vec![];
                for word in &item.0 {
                    let name = (installed.named)(word.value.as_str());
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
        shown.push((SHARED_LAYER.to_owned(), what.to_owned()));
    }
    let members = layers.iter().flat_map(|(layer, names)| names.iter().map(move |name| (name.clone(), layer.clone())));
    inputs.set(input::LAYER_PACKAGES, members.collect());
    inputs.set(input::STABLE_LAYERS, layers.iter().map(|(name, _)| name.clone()).collect());
    inputs.set(input::LAYERS, shown);
}

/// Layers from the stable to the changing one, without the last. Packages are sorted by size.
fn by_size(packages: &[(&str, u64)]) -> Vec<(String, Vec<String>)> {
    let own = packages.iter().filter(|(_, bytes)| *bytes >= OWN_LAYER_BYTES).take(OWN_LAYERS);
    let mut layers: Vec<_> = own.map(|(name, _)| ((*name).to_owned(), vec![(*name).to_owned()])).collect();
    let heavy = packages.iter().skip(layers.len()).filter(|(_, bytes)| *bytes >= LIGHT_BELOW).map(|(name, _)| (*name).to_owned());
    let heavy: Vec<String> = heavy.collect();
    if !heavy.is_empty() {
        layers.push((HEAVY_LAYER.to_owned(), heavy));
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
}
