//! Sources: identifiers, attributes, platforms and capabilities.

use buildkit_llb::{Git, Graph, Http, HttpSignature, Image, Local, OciLayout, Platform, Pull, Source, pb};

use crate::{caps_of, linux, op_of};

fn check(source: impl Into<Source>, identifier: &str, attrs: &[(&str, &str)], platform: Option<&Platform>, caps: &[&str]) {
    let mut graph = Graph::new();
    let output = graph.source(source);
    let op = op_of(&graph, output);
    let attrs = attrs.iter();
    let expected = pb::SourceOp {
        identifier: identifier.to_owned(),
        attrs: attrs.map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
    };
    assert_eq!(op.op, Some(pb::op::Op::Source(expected)));
    assert_eq!(op.platform.as_ref(), platform);
    assert!(op.inputs.is_empty());
    assert_eq!(caps_of(&graph, output), caps);
}

fn text<T: From<String>>(text: &str) -> T {
    text.to_owned().into()
}

#[test]
fn images() {
    let name = "docker.io/library/alpine:3.22";
    let identifier = "docker-image://docker.io/library/alpine:3.22";
    check(Image::new(name), identifier, &[], None, &["source.image"]);
    check(
        Image { platform: Some(linux()), pull: Pull::PreferLocal, ..Image::new(name) },
        identifier,
        &[("image.resolvemode", "local")],
        Some(&linux()),
        &["source.image"],
    );
    check(
        Image { pull: Pull::Always, internal: true, layer_limit: Some(0), checksum: text("sha256:0"), ..Image::new(name) },
        identifier,
        &[("image.resolvemode", "pull"), ("image.recordtype", "internal"), ("image.layerlimit", "0"), ("image.checksum", "sha256:0")],
        None,
        &["source.image", "source.image.checksum", "source.image.layerlimit", "source.image.resolvemode"],
    );
}

#[test]
fn folders_of_the_client() {
    check(Local::new("context"), "local://context", &[], None, &["source.local"]);
    check(
        Local {
            session: text("s"),
            unique: text("u"),
            include_patterns: vec!["a\"b".to_owned(), "c".to_owned()],
            exclude_patterns: vec!["x".to_owned()],
            follow_paths: vec!["f".to_owned()],
            shared_key_hint: text("h"),
            resend_all: true,
            metadata_only: Some(vec!["m".to_owned()]),
            ..Local::new("context")
        },
        "local://context",
        &[
            ("local.session", "s"),
            ("local.unique", "u"),
            ("local.includepattern", "[\"a\\\"b\",\"c\"]"),
            ("local.excludepatterns", "[\"x\"]"),
            ("local.followpaths", "[\"f\"]"),
            ("local.sharedkeyhint", "h"),
            ("local.differ", "none"),
            ("local.metadatatransfer", "true"),
            ("local.metadatatransferexclude", "[\"m\"]"),
        ],
        None,
        &[
            "source.local",
            "source.local.differ",
            "source.local.excludepatterns",
            "source.local.followpaths",
            "source.local.includepatterns",
            "source.local.metadatatransfer",
            "source.local.sessionid",
            "source.local.sharedkeyhint",
            "source.local.unique",
        ],
    );
}

#[test]
fn empty_values_are_left_out() {
    check(
        Local { session: text(""), shared_key_hint: text(""), metadata_only: Some(Vec::new()), ..Local::new("context") },
        "local://context",
        &[("local.metadatatransfer", "true")],
        None,
        &["source.local", "source.local.metadatatransfer"],
    );
}

#[test]
fn repositories_by_address() {
    let identifier = |url: &str| {
        let mut graph = Graph::new();
        let output = graph.source(Git::new(url));
        let Some(pb::op::Op::Source(source)) = op_of(&graph, output).op else {
            panic!("it is a source");
        };
        let agent = source.attrs.contains_key("git.mountsshsock");
        (source.identifier, source.attrs["git.fullurl"].clone(), agent)
    };
    let place = "git://example.com/a/b.git".to_owned();
    for (given, url, agent) in [
        ("https://example.com/a/b.git", "https://example.com/a/b.git", false),
        ("example.com/a/b.git", "https://example.com/a/b.git", false),
        ("https://me@example.com/a//b.git/#x:y", "https://me@example.com/a//b.git/", false),
        ("ssh://git@example.com/a/b.git", "ssh://git@example.com/a/b.git", true),
        ("git@example.com:a/b.git", "git@example.com:a/b.git", true),
    ] {
        assert_eq!(identifier(given), (place.clone(), url.to_owned(), agent));
    }
    let with_port = identifier("http://example.com:8080/a.git").0;
    assert_eq!(with_port, "git://example.com:8080/a.git");
}

#[test]
fn repositories_with_everything() {
    check(
        Git {
            reference: "v1".to_owned(),
            subdir: "/sub/".to_owned(),
            checksum: text("abc"),
            keep_git_dir: true,
            skip_submodules: true,
            commit_times: true,
            fetch_by_commit: true,
            auth_header_secret: text("MINE"),
            known_ssh_hosts: text("host key\n"),
            ssh_agent: text("agent"),
            ..Git::new("https://example.com/a.git")
        },
        "git://example.com/a.git#v1:sub",
        &[
            ("git.fullurl", "https://example.com/a.git"),
            ("git.authtokensecret", "GIT_AUTH_TOKEN"),
            ("git.authheadersecret", "MINE"),
            ("git.knownsshhosts", "host key\n"),
            ("git.mountsshsock", "agent"),
            ("git.checksum", "abc"),
            ("git.keepgitdir", "true"),
            ("git.skipsubmodules", "true"),
            ("git.mtime", "commit"),
            ("git.fetchbycommit", "true"),
        ],
        None,
        &[
            "source.git",
            "source.git.checksum",
            "source.git.fetchbycommit",
            "source.git.fullurl",
            "source.git.httpauth",
            "source.git.keepgitdir",
            "source.git.knownsshhosts",
            "source.git.mountsshsock",
            "source.git.mtime",
            "source.git.skipsubmodules",
            "source.git.subdir",
        ],
    );
}

#[test]
fn downloads() {
    let url = "https://example.com/f";
    check(Http::new(url), url, &[], None, &["source.http"]);
    check(
        Http {
            checksum: text("sha256:0"),
            filename: text("g"),
            mode: Some(0o755),
            uid: 1,
            gid: 2,
            auth_header_secret: text("A"),
            accept: text("text/plain"),
            user_agent: text("me"),
            signature: Some(HttpSignature { public_key: "key".to_owned(), signature: "sig".to_owned() }),
            ..Http::new(url)
        },
        url,
        &[
            ("http.checksum", "sha256:0"),
            ("http.filename", "g"),
            ("http.perm", "0755"),
            ("http.uid", "1"),
            ("http.gid", "2"),
            ("http.authheadersecret", "A"),
            ("http.header.accept", "text/plain"),
            ("http.header.user-agent", "me"),
            ("http.sig.pubkey", "key"),
            ("http.sig.signature", "sig"),
        ],
        None,
        &[
            "soruce.http.uidgid",
            "source.http",
            "source.http.auth",
            "source.http.checksum",
            "source.http.header",
            "source.http.perm",
            "source.http.signatureverify",
        ],
    );
}

#[test]
fn layouts_of_the_client() {
    check(
        OciLayout {
            platform: Some(linux()),
            session: text("s"),
            store: text("t"),
            layer_limit: Some(3),
            ..OciLayout::new("name@sha256:0")
        },
        "oci-layout://name@sha256:0",
        &[("oci.session", "s"), ("oci.store", "t"), ("oci.layerlimit", "3")],
        Some(&linux()),
        &["source.ocilayout"],
    );
}
