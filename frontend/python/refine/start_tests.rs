//! Commands as people write them, and what they load.

use super::*;

/// Files that the commands of a test may find.
const FILES: &[(&str, &str)] = &[
    ("src/shop/__init__.py", ""),
    ("app/main.py", ""),
    ("gunicorn.conf.py", "import multiprocessing\nwsgi_app = \"shop.wsgi:application\"\n"),
    ("conf/quiet.py", "workers = 2\n"),
    ("uwsgi.ini", "[uwsgi]\nhttp = :8000\nmodule = shop.wsgi\ncallable = app\n"),
    ("file.ini", "[uwsgi]\nwsgi-file = shop/wsgi.py ; as it is\n"),
    ("alembic.ini", "[alembic]\nscript_location = %(here)s/migrations\n"),
    ("package.ini", "[alembic]\nscript_location = shop:migrations\n"),
    ("manage.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"),
    ("named/pyproject.toml", "[project]\nentrypoint = \"no\"\n[tool.fastapi]\nentrypoint = \"shop.main:app\"\n"),
];

fn all(command: &str, env: &[(&str, &str)], without: &str) -> Start {
    let argv: Vec<String> = command.split(' ').map(|w| w.replace('~', " ")).collect();
    let env: Vec<(String, String)> = env.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let file = |path: &str| FILES.iter().find(|(name, _)| *name == path && path != without).map(|(_, text)| (*text).to_owned());
    start(&argv, &World { env: &env, console: &|name| (name == "serve").then(|| "shop.cli:main".to_owned()), file: &file })
}

/// What a command loads, without what the servers load themselves and without companions, a few words each.
fn loads(start: &Start) -> Vec<String> {
    let kept = start.loads.iter().filter_map(|load| match load {
        Load::Named(name, None) => Some(name.clone()),
        Load::Named(name, Some(attr)) => Some(format!("{name}:{attr}")),
        Load::Object(name) => Some(format!("object {name}")),
        Load::Run(name) => Some(format!("run {name}")),
        Load::Main(name) => Some(format!("main {name}")),
        Load::Factory(name) => Some(format!("factory {name}")),
        Load::Script(path) => Some(format!("script {path}")),
        Load::Code(text) => Some(format!("code {text}")),
        Load::Path(path) if path != "." => Some(format!("path {path}")),
        _ => None,
    });
    kept.collect()
}

fn app(command: &str) -> Vec<String> {
    loads(&all(command, &[], "gunicorn.conf.py"))
}

#[test]
fn the_application_is_found_among_the_words() {
    let cases: &[(&str, &[&str])] = &[
        ("uvicorn api.main:app --host 0.0.0.0 --port 8000", &["api.main:app"]),
        ("/app/.venv/bin/uvicorn --workers=2 --no-access-log --app-dir src api:app", &["path src", "api:app"]),
        ("uvicorn --factory api:build", &["api:build", "factory api"]),
        ("python -m uvicorn api:app", &["run uvicorn.__main__", "api:app"]),
        ("/usr/local/bin/python3.13 -u -X dev -m api.serve --port 1", &["main api.serve"]),
        ("python -mapi", &["main api"]),
        ("python src/serve.py x", &["path src", "script src/serve.py"]),
        ("python ./serve.py", &["script serve.py"]),
        ("python manage.py runserver --settings shop.other", &["shop.other", "script manage.py"]),
        ("python manage.py runserver", &["shop.settings", "script manage.py"]),
        ("python /app/.venv/bin/uvicorn api:app", &["api:app"]),
        ("python -c import~x", &["code import x"]),
        ("gunicorn shop.wsgi -b 0.0.0.0:8000 -w4", &["shop.wsgi:application", "factory shop.wsgi"]),
        (
            "gunicorn -k uvicorn.workers.UvicornWorker -c conf/quiet.py api:app",
            &["uvicorn.workers:UvicornWorker", "api:app", "script conf/quiet.py"],
        ),
        ("gunicorn -c python:shop.gunicorn api:app", &["api:app", "shop.gunicorn"]),
        (
            "gunicorn --worker-class gevent --chdir /srv web:create_app()",
            &["gunicorn.workers.ggevent", "path /srv", "web:create_app", "factory web"],
        ),
        ("hypercorn --bind 0.0.0.0:80 web", &["web:app", "factory web"]),
        ("granian --interface asgi web.app:app", &["web.app:app"]),
        ("daphne -b 0.0.0.0 shop.asgi:application", &["shop.asgi:application"]),
        ("waitress-serve --port=80 --call shop:make", &["shop:make", "factory shop"]),
        ("fastapi run --host 0.0.0.0 src/api.py", &["path src", "api", "factory api"]),
        ("fastapi run src/shop/api.py --app web", &["path src", "shop.api:web", "factory shop.api"]),
        ("fastapi run src/shop", &["path src", "shop", "factory shop"]),
        ("fastapi run -e shop.main:app", &["shop.main:app"]),
        ("fastapi run", &["path app", "main", "factory main"]),
        ("streamlit run pages/home.py --server.port 80", &["path pages", "script pages/home.py"]),
        ("celery -A shop worker -l info", &["object shop", "factory shop"]),
        ("celery -A shop.tasks:app worker", &["shop.tasks:app"]),
        ("flask --app web:app run", &["web:app"]),
        ("flask --app src/shop run", &["path src", "shop", "factory shop"]),
        ("arq shop.worker.Settings", &["shop.worker:Settings"]),
        ("uwsgi --ini uwsgi.ini", &["shop.wsgi:app", "factory shop.wsgi"]),
        ("uwsgi file.ini", &["path shop", "script shop/wsgi.py"]),
        ("alembic -c package.ini upgrade head", &["shop"]),
        ("tini -g -- uvicorn api:app", &["api:app"]),
        ("env A=b gunicorn api:app", &["api:app"]),
        ("opentelemetry-instrument uvicorn api:app", &["api:app"]),
        ("sh -c cd~app~&&~python~prepare.py~&&~exec~uvicorn~api:app~--port~\"$PORT\"", &["path app", "script app/prepare.py", "api:app"]),
        ("serve --now", &["shop.cli:main"]),
        ("nginx -g off", &[]),
        ("uvicorn", &[]),
        ("tini", &[]),
    ];
    for (command, want) in cases {
        assert_eq!(app(command), *want, "{command}");
    }
    let flask = all("flask run", &[("FLASK_APP", "site_app")], "");
    assert_eq!((loads(&flask), flask.files), (vec!["site_app".to_owned(), "factory site_app".into()], vec![]));
    assert_eq!(loads(&all("gunicorn", &[], "")), ["shop.wsgi:application", "script gunicorn.conf.py"]);
    assert_eq!(loads(&all("sh -c cd~named&&fastapi~run", &[], "")), ["path named", "shop.main:app"]);
}

#[test]
fn files_that_a_command_needs_are_known() {
    let cases = [
        ("python nope.py", "Script nope.py"),
        ("python manage.py runserver", "Script manage.py"),
        ("uvicorn api:app --app-dir src --log-config=log.yaml --env-file .env", "Folder src, Read log.yaml, Read .env"),
        ("gunicorn -c conf.py api:app", "Read conf.py"),
        ("gunicorn -c file:conf.py api:app", "Read conf.py"),
        ("gunicorn --chdir web api:app", "Folder web"),
        ("fastapi run src/app", "App src/app"),
        ("fastapi run --port 80", "App app/main.py"),
        ("flask --app src/site run", "App src/site|src/site.py"),
        ("flask run", "App wsgi.py|app.py"),
        ("streamlit run home.py", "Script home.py"),
        ("streamlit run https://example.org/home.py", ""),
        ("uwsgi --ini uwsgi.ini", "Read uwsgi.ini"),
        ("uwsgi file.ini", "Read file.ini, Script shop/wsgi.py"),
        ("alembic upgrade head", "Folder migrations"),
        ("alembic -c none.ini upgrade head", "Read none.ini"),
        ("supervisord -n -c ops/supervisord.conf", "Read ops/supervisord.conf"),
        ("hypercorn -c hyper.toml web:app", "Read hyper.toml"),
        ("sh start.sh", "Read start.sh"),
        ("sh -c cd~web;python~run.py~$X", "Folder web, Script web/run.py"),
        ("sh -c python~$WHERE/run.py", ""),
    ];
    for (command, want) in cases {
        let said = all(command, &[], "").files.iter().map(|f| format!("{:?} {}", f.use_, f.paths.join("|"))).collect::<Vec<_>>();
        assert_eq!(said.join(", "), want, "{command}");
    }
    let missing = all("alembic upgrade head", &[], "alembic.ini");
    assert_eq!(missing.files[0].paths, ["alembic.ini", "pyproject.toml"]);
    assert_eq!(all("/bin/sh start.sh", &[], "").shell.as_deref(), Some("/bin/sh"));
}

#[test]
fn every_rule_is_of_a_known_kind() {
    let rules = rules();
    for (name, server) in &rules.servers.0 {
        let apps = ["first", "second", "dotted", "script", "file", "config", "none"];
        assert!(server.like.is_some() || apps.contains(&server.app.as_str()), "{}: {}", name.value, server.app);
        for (option, kind) in server.options.0.iter().chain(&server.env.0).chain(&server.settings.0) {
            let kinds = ["module", "class", "app", "dotted", "object", "script", "dir", "folder", "read", "config", "attr", "none"];
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
        Load::Code("a\nb".into()),
        Load::Companion("a".into(), vec![], vec!["b".into()], true),
    ];
    assert_eq!(lines(&loads, "/app"), "path /app\npath /app/src\ncode 610a62\ncompanion a  b serves");
}
