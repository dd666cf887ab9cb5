//! Static sites: what browsers get of them, from an image that holds nothing but the server and the site.

use std::fs;

use serde_json::json;

use super::archive::Archive;
use super::docker::{Engine, Service};
use super::on_each_store;
use super::project::Project;
use super::steps::Outcome;

on_each_store!(site, changed, mistakes);

const SCRIPT: &str = "/assets/app-9b2d07e1.js";

/// The status and the head of an answer, in small letters.
fn head(service: &Service<'_>, method: &str, path: &str, headers: &[&str]) -> (u16, String) {
    let headers: Vec<String> = headers.iter().map(|line| (*line).to_owned()).collect();
    let answer = service.ask(method, path, &headers);
    let (head, _) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_else(|| panic!("no status: {answer}"));
    (status, head.to_lowercase() + "\r\n")
}

fn site(engine: &Engine) {
    let built = Project::copy("static-site").build(engine, &[]).good();
    let service = engine.start(&built.image, Some(8080), &["--env", "GREETING=</script>"], &[]);
    assert!(service.get("/").contains("<h1>Tides</h1>"));
    let config = &engine.inspect(&built.image)["Config"];
    assert_eq!((&config["User"], &config["Cmd"]), (&json!("65532:65532"), &json!(["/usr/bin/serve"])));

    for (takes, coding) in [("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip")] {
        let (status, head) = head(&service, "GET", SCRIPT, &[&format!("Accept-Encoding: {takes}")]);
        assert!(status == 200 && head.contains(&format!("content-encoding: {coding}\r\n")), "{takes}: {head}");
        assert!(
            head.contains("cache-control: public, max-age=31536000, immutable\r\n") && head.contains("vary: accept-encoding\r\n"),
            "{head}"
        );
    }
    let plain = service.get(SCRIPT);
    assert!(plain.contains("const tides = [") && !plain.contains("sourceMappingURL"), "{plain}");
    assert!(service.get("/env.js").ends_with("window.ENV = Object.freeze({\"GREETING\":\"\\u003c/script\\u003e\"});\n"));
    assert!(service.get("/healthz").ends_with("ok\n"));

    let (_, first) = head(&service, "GET", "/", &[]);
    let etag = first.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap_or_else(|| panic!("no validator: {first}"));
    for (method, path, headers, expected) in [
        ("GET", "/", vec![format!("If-None-Match: {etag}")], 304),
        ("HEAD", SCRIPT, vec![], 200),
        ("GET", SCRIPT, vec!["Range: bytes=0-9".into()], 206),
        ("GET", SCRIPT, vec!["Range: bytes=99999-".into()], 416),
        ("GET", "/hours/7", vec!["Accept: text/html".into()], 200),
        ("GET", "/missing.js", vec!["Accept: text/html".into()], 404),
        ("GET", "/assets/app-9b2d07e1.js.map", vec![], 404),
        ("GET", "/..%2fetc/passwd", vec![], 400),
        ("GET", "/site.json", vec![], 404),
        ("POST", "/", vec![], 405),
    ] {
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let (status, head) = head(&service, method, path, &headers);
        assert_eq!(status, expected, "{method} {path} {headers:?}: {head}");
        assert!(head.contains("x-content-type-options: nosniff\r\n"), "{head}");
    }

    // Nothing but the server, the check of its health, the site and two tables.
    let files = Archive::of(engine, &built.image);
    let made = ["dev", "etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf", "proc", "sys", ".dockerenv"];
    let ours = files.paths(|f| f.is_regular() && !made.iter().any(|folder| f.is_in(folder)));
    assert_eq!(
        ours,
        [
            "etc/group",
            "etc/passwd",
            "site/br/assets/app-9b2d07e1.js",
            "site/gzip/assets/app-9b2d07e1.js",
            "site/plain/assets/style-4f1c9a27.css",
            "site/plain/index.html",
            "site.json",
            "usr/bin/health-check",
            "usr/bin/serve",
        ]
    );
    let served = files.files.iter().filter(|f| f.is_in("site") || f.path == "site.json");
    assert!(served.clone().all(|f| f.owner == "0/0" && !f.is_world_writable()));
    assert!(served.map(|f| f.size).sum::<u64>() < 4000, "the site is larger than it was");
}

/// Files in an image have a fixed time, and a page may change without becoming longer: browsers see it all the same.
fn changed(engine: &Engine) {
    let project = Project::copy("static-site");
    let etag = |project: &Project| {
        let built = project.build(engine, &[]).good();
        let (_, head) = head(&engine.serve(&built.image, 8080), "GET", "/", &[]);
        let etag = head.lines().find_map(|line| line.strip_prefix("etag: ")).map(str::to_owned);
        (etag.unwrap_or_else(|| panic!("no validator: {head}")), built)
    };
    let (before, _) = etag(&project);
    project.replace("public/index.html", "<h1>Tides</h1>", "<h1>Tiles</h1>");
    let (after, built) = etag(&project);
    assert_ne!(before, after);
    assert_eq!(built.step("Add the server"), Outcome::Cached, "{}", built.log);
    let folder = project.path("report");
    project.build(engine, &["--target", "default/report", "--output", folder.to_str().expect("our own folders are text")]).good();
    let report = fs::read_to_string(folder.join("report.json")).expect("it was exported");
    let report: serde_json::Value = serde_json::from_str(&report).expect("it is JSON");
    for part in ["server", "site"] {
        assert!(report["components"][part].as_u64().is_some_and(|bytes| bytes > 0), "{part} is nothing: {report}");
    }
}

fn mistakes(engine: &Engine) {
    let project = Project::copy("static-site");
    project.remove("public/index.html");
    let built = project.build(engine, &[]);
    assert!(!built.good && built.log.contains("there is no `index.html` in `/built/public`"), "{}", built.log);
}
