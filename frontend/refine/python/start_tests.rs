//! Commands as people write them, and what they load.

use super::*;

/// What a command loads, without what the servers load themselves and without companions, one word each.
fn app(command: &str) -> Vec<String> {
    let argv: Vec<String> = command.split(' ').map(|w| w.replace('~', " ")).collect();
    let env = [("FLASK_APP".to_owned(), "site_app".to_owned())];
    let own = rules();
    let known: Vec<&str> = own.servers.0.iter().flat_map(|(_, s)| &s.loads).map(|l| l.trim_end_matches('?')).collect();
    let loads = start(&argv, &env, &|name| (name == "serve").then(|| "shop.cli:main".to_owned()));
    let kept = loads.iter().filter_map(|load| match load {
        Load::Module(name) if !known.contains(&name.as_str()) => Some(name.clone()),
        Load::Run(name) => Some(format!("run {name}")),
        Load::Factory(name) => Some(format!("factory {name}")),
        Load::Script(path) => Some(format!("script {path}")),
        Load::Path(path) if path != "." => Some(format!("path {path}")),
        _ => None,
    });
    kept.collect()
}

#[test]
fn the_application_is_found_among_the_words() {
    let cases: &[(&str, &[&str])] = &[
        ("uvicorn api.main:app --host 0.0.0.0 --port 8000", &["api.main"]),
        ("/app/.venv/bin/uvicorn --workers=2 --no-access-log --app-dir src api:app", &["path src", "api"]),
        ("uvicorn --factory api:build", &["api", "factory api"]),
        ("python -m uvicorn api:app", &["runpy", "run uvicorn.__main__", "api"]),
        ("/usr/local/bin/python3.13 -u -X dev -m api.serve --port 1", &["runpy", "api.serve", "run api.serve", "run api.serve.__main__"]),
        ("python -mapi", &["runpy", "api", "run api", "run api.__main__"]),
        ("python src/serve.py x", &["path src", "script src/serve.py"]),
        ("python manage.py runserver --settings shop.settings", &["shop.settings", "script manage.py"]),
        ("python /app/.venv/bin/uvicorn api:app", &["api"]),
        ("python -c import~x", &[]),
        ("gunicorn shop.wsgi -b 0.0.0.0:8000 -w4", &["shop.wsgi", "factory shop.wsgi"]),
        (
            "gunicorn -k uvicorn.workers.UvicornWorker -c conf/gunicorn.py api:app",
            &["uvicorn.workers", "path conf", "script conf/gunicorn.py", "api"],
        ),
        ("gunicorn --worker-class gevent --chdir /srv web:create_app()", &["gunicorn.workers.ggevent", "path /srv", "web", "factory web"]),
        ("hypercorn --bind 0.0.0.0:80 web:app", &["web"]),
        ("granian --interface asgi web.app:app", &["web.app"]),
        ("fastapi run --host 0.0.0.0 src/api.py", &["path src", "api", "factory api"]),
        ("streamlit run pages/home.py --server.port 80", &["path pages", "script pages/home.py"]),
        ("celery -A shop worker -l info", &["shop", "factory shop"]),
        ("flask --app web:app run", &["site_app", "factory site_app", "web"]),
        ("tini -g -- uvicorn api:app", &["api"]),
        ("env A=b gunicorn api:app", &["api"]),
        ("opentelemetry-instrument uvicorn api:app", &["opentelemetry.instrumentation.auto_instrumentation", "api"]),
        ("sh -c cd~/app~&&~exec~uvicorn~api:app~--port~\"$PORT\"", &["api"]),
        ("serve --now", &["shop.cli"]),
        ("nginx -g off", &[]),
        ("uvicorn", &[]),
        ("tini", &[]),
    ];
    for (command, want) in cases {
        assert_eq!(app(command), *want, "{command}");
    }
}

#[test]
fn every_rule_is_of_a_known_kind() {
    let rules = rules();
    for (name, server) in &rules.servers.0 {
        let apps = ["first", "second", "script", "file", "none"];
        assert!(server.like.is_some() || apps.contains(&server.app.as_str()), "{}: {}", name.value, server.app);
        for (option, kind) in server.options.0.iter().chain(&server.env.0) {
            let kinds = ["module", "class", "app", "script", "dir", "none"];
            assert!(kinds.contains(&kind.as_str()), "{} {}: {kind}", name.value, option.value);
        }
        assert!(server.loads.iter().all(|l| is_module(l.trim_end_matches('?'))), "{}", name.value);
    }
}

#[test]
fn console_scripts_say_what_they_call() {
    let text = "#!/app/.venv/bin/python\n# -*- coding: utf-8 -*-\nimport sys\nfrom shop.cli import main\nif True:\n    main()\n";
    assert_eq!(console(text).as_deref(), Some("shop.cli:main"));
    assert_eq!(console("\u{7f}ELF"), None);
}

#[test]
fn lines_hold_one_thing_each() {
    let loads = [
        Load::Path(".".into()),
        Load::Path("src".into()),
        Load::Module("a\nb".into()),
        Load::Companion("a".into(), vec![], vec!["b".into()]),
    ];
    assert_eq!(lines(&loads, "/app"), "path /app\npath /app/src\ncompanion a  b");
}
