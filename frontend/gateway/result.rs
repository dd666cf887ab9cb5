//! A plan solved for each platform, put together as the one result that BuildKit exports.

use std::collections::BTreeMap;

use buildkit_llb::{FileAction, FileCopy};
use buildkit_proto::frontend as proto;
use buildkit_proto::pb::{Definition, Platform};
use tonic::Status;

use super::bridge::Bridge;
use super::failure::Failure;
use super::options::Options;
use super::{Compiled, failed, image, images, llb, passed, report};
use crate::diag::{Diagnostic, codes};
use crate::emit::{Settings, platform_name};
use crate::plan::Plan;
use crate::target::Product;

/// One platform's image.
pub(super) struct Built {
    platform: Platform,
    reference: proto::Ref,
    config: serde_json::Value,
    base_config: serde_json::Value,
    epoch: Option<i64>,
    /// The file system with its bill of materials, where one is to be attested.
    sbom: Option<proto::Ref>,
    /// The names that its documents have there.
    documents: [&'static str; 2],
}

/// The documents of a bill of materials by their files.
const DOCUMENTS: [&str; 2] = ["/sbom.spdx.json", "/sbom.cdx.json"];
/// What they are called as attestations where the documents themselves are exported: an engine that writes both to a folder has the
/// attestations in the documents' place, and says nothing of it.
const BESIDE_DOCUMENTS: [&str; 2] = ["/attested.spdx.json", "/attested.cdx.json"];
/// What attestations call such documents. An engine that gets the first of them asks no scanner's image for one.
const KINDS: [&str; 2] = ["https://spdx.dev/Document", "https://cyclonedx.org/bom"];

/// Resolves, emits and solves a plan for one platform.
pub(super) async fn build(
    bridge: &Bridge,
    options: &Options,
    (compiled, plan): (&Compiled, &Plan),
    settings: Settings,
) -> Result<Built, Failure> {
    let images = images::resolve(bridge, options, (compiled, plan), &settings).await?;
    let mut emitted = llb::emit(plan, &images, &compiled.project.context, &settings, &compiled.sources)?;
    if let Some(output) = &emitted.result {
        let lacking = bridge.lacks(&emitted.graph.caps(*output));
        if !lacking.is_empty() {
            let list = lacking.join(", ");
            let found = Diagnostic::new(codes::OLD_BUILDKIT, format!("this BuildKit is too old for the build: it lacks {list}"));
            return Err(found.help("a newer Docker or BuildKit has it").into());
        }
    }
    if let Some(first) = emitted.first() {
        built(bridge, (compiled, plan), &settings, first).await?;
    }
    let result = emitted.result.map(|output| emitted.graph.finish(output));
    let image = async {
        match result {
            None => Ok(proto::Ref::default()),
            Some(result) => built(bridge, (compiled, plan), &settings, result).await,
        }
    };
    let documents = if plan.target.product == Product::Sbom { BESIDE_DOCUMENTS } else { DOCUMENTS };
    let sbom = emitted.sbom.filter(|_| options.asks_sbom()).map(|output| {
        let graph = &mut emitted.graph;
        if documents == DOCUMENTS {
            return graph.finish(output);
        }
        let copies = DOCUMENTS.into_iter().zip(documents).map(|(from, to)| FileAction::Copy(FileCopy::new(Some(output), from, to)));
        let renamed = graph.file(None, copies.collect());
        graph.describe(renamed).name = Some("[sbom] Take the bill of materials out, to be attested".to_owned());
        graph.finish(renamed)
    });
    let sbom = async {
        match sbom {
            None => Ok(None),
            Some(sbom) => built(bridge, (compiled, plan), &settings, sbom).await.map(Some),
        }
    };
    // Whoever waits for a proof that fails does not wait for the report as well.
    let (reference, warned, sbom) = tokio::try_join!(image, report::show(bridge, &emitted, compiled), Box::pin(sbom))?;
    for warning in &warned {
        compiled.warn_of(bridge, warning).await;
    }
    let base = plan.lineage(plan.result()).0.and_then(|name| images.get(name));
    let base_config = base.map_or_else(|| serde_json::json!({}), |fact| fact.config.clone());
    let config = image::config(plan, &base_config, &settings);
    Ok(Built { epoch: settings.epoch, platform: settings.platform, reference, config, base_config, sbom, documents })
}

/// What is built, with all that it waits for: the frontend knows more of what fails than the one who exports.
async fn built(
    bridge: &Bridge,
    (compiled, plan): (&Compiled, &Plan),
    settings: &Settings,
    definition: Definition,
) -> Result<proto::Ref, Failure> {
    let explained = |status: Status| {
        let failure = passed::explained(Failure::Call(status), compiled);
        failed::explained(failure, (compiled, plan), settings, &definition)
    };
    bridge.evaluate(definition.clone()).await.map_err(explained)
}

/// Puts the platforms' images together.
pub(super) fn assemble(built: Vec<Built>, many: bool) -> proto::Result {
    let mut metadata = BTreeMap::new();
    let mut refs = BTreeMap::new();
    let mut platforms = vec![];
    let mut attestations = BTreeMap::new();
    let single = built.first().map(|b| b.reference.clone()).unwrap_or_default();
    for one in built {
        let id = platform_name(&one.platform);
        let suffix = if many { format!("/{id}") } else { String::new() };
        metadata.insert(format!("containerimage.config{suffix}"), one.config.to_string().into_bytes());
        metadata.insert(format!("containerimage.base.config{suffix}"), one.base_config.to_string().into_bytes());
        if let Some(epoch) = one.epoch {
            metadata.insert(format!("source.date.epoch{suffix}"), epoch.to_string().into_bytes());
        }
        let mut platform = serde_json::json!({"architecture": one.platform.architecture, "os": one.platform.os});
        if !one.platform.variant.is_empty() {
            platform["variant"] = one.platform.variant.into();
        }
        platforms.push(serde_json::json!({"ID": id, "Platform": platform}));
        if let Some(sbom) = one.sbom {
            let attested = one.documents.into_iter().zip(KINDS).map(|(path, kind)| attested(&sbom, path, kind));
            attestations.insert(id.clone(), proto::Attestations { attestation: attested.collect() });
        }
        refs.insert(id, one.reference);
    }
    let result = if many {
        metadata.insert("refs.platforms".to_owned(), serde_json::json!({"Platforms": platforms}).to_string().into_bytes());
        proto::result::Result::Refs(proto::RefMap { refs })
    } else {
        proto::result::Result::Ref(single)
    };
    proto::Result { result: Some(result), metadata, attestations }
}

/// A document about the image that it comes with.
fn attested(files: &proto::Ref, path: &str, kind: &str) -> proto::Attestation {
    proto::Attestation {
        kind: proto::AttestationKind::InToto.into(),
        metadata: BTreeMap::from([("reason".to_owned(), b"sbom".to_vec())]),
        r#ref: Some(files.clone()),
        path: path.to_owned(),
        in_toto_predicate_type: kind.to_owned(),
        in_toto_subjects: vec![],
    }
}
