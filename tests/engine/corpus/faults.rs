//! Projects of the corpus in which one thing is missing that a service needs to start: no such image may be exported, and the
//! message names what is missing.

use super::super::docker::Engine;
use super::super::on_any_store;
use super::super::project::Project;
use super::super::refine::refused;
use super::corpus;

on_any_store!(
    script_elsewhere,
    module_beside_the_script,
    path_of_the_context,
    config_file,
    logging_file,
    attribute,
    module_of_a_worker,
    module_to_run,
    package_that_is_not_locked,
    library_by_name,
    library_of_a_database,
    data_that_does_not_ship,
    configuration_that_stops_it,
    setting_that_is_not_given,
    app_of_django,
    urls_of_django,
    below_the_guard,
    worker_class,
    file_of_the_project,
    program_that_is_run
);

/// Changes a copy of a project, `old` to `new` in one of its files, which must make the build fail with these texts.
#[track_caller]
fn fault(engine: &Engine, name: &str, (file, old, new): (&str, &str, &str), texts: &[&str]) {
    let project = Project::copy_of(&corpus().join(name));
    project.replace(file, old, new);
    refused(engine, &project, texts);
}

fn script_elsewhere(engine: &Engine) {
    fault(engine, "script", ("distil.yaml", "main.py", "server.py"), &["`server.py`"]);
}

fn module_beside_the_script(engine: &Engine) {
    let only_the_script = "copy: [main.py]\ncommand: [python, main.py]";
    fault(engine, "script", ("distil.yaml", "command: [python, main.py]", only_the_script), &["No module named 'quotes'"]);
}

fn path_of_the_context(engine: &Engine) {
    fault(engine, "fastapi-run", ("distil.yaml", "run, app/main.py", "run, src/app/main.py"), &["`src/app/main.py`"]);
}

fn config_file(engine: &Engine) {
    fault(engine, "gunicorn-conf", ("distil.yaml", "copy: [wsgi.py, ops]", "copy: [wsgi.py]"), &["`ops/gunicorn.conf.py`"]);
}

fn logging_file(engine: &Engine) {
    fault(engine, "pylock", ("distil.yaml", "copy: [service.py, logging.yaml]", "copy: [service.py]"), &["`logging.yaml`"]);
}

fn attribute(engine: &Engine) {
    let texts = ["takes `apps` from `versioned`", "`versioned:app`"];
    fault(engine, "dynamic-version", ("distil.yaml", "versioned:app", "versioned:apps"), &texts);
}

fn module_of_a_worker(engine: &Engine) {
    fault(engine, "celery-worker", ("distil.yaml", "--app jobs.app", "--app jobs.main"), &["`jobs.main`"]);
}

fn module_to_run(engine: &Engine) {
    fault(engine, "namespace", ("distil.yaml", "-m, acme.api", "-m, acme.worker"), &["`acme.worker`"]);
}

fn package_that_is_not_locked(engine: &Engine) {
    fault(engine, "hatch-dot", ("server/asgi.py", "import words\n", "import words\nimport yaml\n"), &["`yaml`"]);
}

fn library_by_name(engine: &Engine) {
    fault(
        engine,
        "magic",
        ("distil.yaml", "apt: { runtime: [libmagic1t64] }\n", ""),
        &["the package python-magic needs libmagic.so.1", "`apt: { runtime: [libmagic1t64] }`"],
    );
}

fn library_of_a_database(engine: &Engine) {
    fault(
        engine,
        "psycopg-pure",
        ("distil.yaml", "apt: { runtime: [libpq5] }\n", ""),
        &["the package psycopg needs libpq.so.5", "`apt: { runtime: [libpq5] }`"],
    );
}

fn urls_of_django(engine: &Engine) {
    let project = Project::copy_of(&corpus().join("django-locale"));
    project.replace("distil.yaml", "  run: [[python, -m, django, check]]\n", "");
    project.replace("gazette/urls.py", "from django.urls import path\n", "from django.urls import path\nimport yaml\n");
    refused(engine, &project, &["`gazette.urls`", "No module named 'yaml'"]);
}

fn below_the_guard(engine: &Engine) {
    let guard = "if __name__ == \"__main__\":\n";
    fault(engine, "script", ("main.py", guard, &format!("{guard}    import yaml\n")), &["`import yaml`", "No module named 'yaml'"]);
}

fn worker_class(engine: &Engine) {
    let class = ("ops/gunicorn.conf.py", "worker_class = \"gthread\"", "worker_class = \"gevent\"");
    fault(engine, "gunicorn-conf", class, &["`gunicorn.workers.ggevent`", "gevent worker requires gevent"]);
}

/// What is read only when the service is asked shows when it is started, and asked.
fn data_that_does_not_ship(engine: &Engine) {
    let project = Project::copy_of(&corpus().join("setuptools-data"));
    project.replace("pyproject.toml", "[tool.setuptools.package-data]\n\"atlas.data\" = [\"*.json\"]\n", "");
    project.append("distil.yaml", "check: { start: { http: [/capitals], within: 30s } }\n");
    refused(engine, &project, &[":8000/capitals: the answer is 500", "/app/.project/atlas/data/capitals.json"]);
}

fn configuration_that_stops_it(engine: &Engine) {
    let project = Project::copy_of(&corpus().join("gunicorn-conf"));
    project.replace("ops/gunicorn.conf.py", "\"loggers\": {", "\"unread\": {");
    project.append("distil.yaml", "check: { start: true }\n");
    refused(engine, &project, &["Unable to configure logger"]);
}

fn setting_that_is_not_given(engine: &Engine) {
    let project = Project::copy_of(&corpus().join("fastapi-lifespan"));
    project.append("distil.yaml", "check: { start: true }\n");
    refused(engine, &project, &["api_key"]);
}

/// Django imports the packages that its settings name, and `manage.py` is all that is left of the project's own.
fn app_of_django(engine: &Engine) {
    let texts = ["No module named 'notes'", "the project has `notes`, and nothing puts it into the image", "`copy: [notes]`"];
    let project = Project::copy_of(&corpus().join("django-env"));
    project.replace("distil.yaml", ", notes]", "]");
    project.replace("distil.yaml", "config.settings }", "config.settings, DJANGO_SECRET_KEY: for-the-proof }");
    refused(engine, &project, &texts);
}

/// A file beside the code that is read when a module is imported, inside a function.
fn file_of_the_project(engine: &Engine) {
    let read = "from pathlib import Path\n\n\ndef news():\n    return Path(__file__).with_name(\"NEWS.md\").read_text()\n\n\nnews()\n";
    let project = Project::copy_of(&corpus().join("script"));
    project.write("NEWS.md", "One.\n");
    project.write("news.py", read);
    project.append("main.py", "import news\n");
    project.append("distil.yaml", "copy: [main.py, quotes.py, news.py]\n");
    refused(engine, &project, &["'/app/NEWS.md'", "the project has `NEWS.md`, and nothing puts it into the image"]);
}

/// A program that a module runs when it is imported comes with the image or never.
fn program_that_is_run(engine: &Engine) {
    let version = "import subprocess\n\nsubprocess.check_output(['git', '--version'])\n\nfrom quotes import quote\n";
    let texts = ["`main.py`, which the command loads", "'git'", "`apt: { runtime: [git] }`"];
    fault(engine, "script", ("main.py", "from quotes import quote\n", version), &texts);
}
