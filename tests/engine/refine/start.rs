//! Green means that it starts: what a command names is in the image, can be read, imports there, and has the name that is taken
//! from it. What raises without the settings of a running service is a warning, and an error for whoever asks for that.

use super::super::docker::Engine;
use super::super::on_any_store;
use super::super::project::Project;
use super::refused;

on_any_store!(
    missing_files,
    attributes_and_packages,
    settings_that_come_later,
    folders_to_write_to,
    what_never_works,
    only_in_the_image,
    starts_of_all_kinds_are_good
);

/// The example with another command.
fn with(command: &str) -> Project {
    let project = Project::copy("hello");
    project.replace("distil.yaml", "[uvicorn, \"hello.api:app\", --host, 0.0.0.0]", command);
    project
}

fn missing_files(engine: &Engine) {
    // Where the planner cannot know what a step ships, the image is asked.
    let unknown = "steps: [{ phase: assets, run: [python, -c, \"open('/app/other', 'w')\"], ships: [/app/other] }]\n";
    for (command, said) in [
        ("[python, nope.py]", "The command runs `nope.py`, and there is no /app/nope.py in the image. `copy: [nope.py]` ships it"),
        (
            "[python, src/hello/api.py]",
            "`copy: [src]` ships it; or run its module, which is installed with the project: `[python, -m, hello.api]`.",
        ),
        ("[uvicorn, \"hello.api:app\", --log-config, log.yaml]", "The command reads `log.yaml`, and there is no /app/log.yaml"),
        ("[uvicorn, \"hello.api:app\", --app-dir, src]", "The command needs the folder `src`, and there is no /app/src"),
    ] {
        let project = with(command);
        project.append("distil.yaml", unknown);
        refused(engine, &project, &["error[not-in-image]: ", said]);
    }
}

fn attributes_and_packages(engine: &Engine) {
    refused(
        engine,
        &with("[uvicorn, \"hello.api:ap\"]"),
        &["The command takes `ap` from `hello.api`, and that module has no such name. Did you mean `hello.api:app`?"],
    );
    refused(engine, &with("[python, -m, hello]"), &["The command runs the package `hello`, which has no `__main__.py`."]);
    refused(
        engine,
        &with("[python, -c, \"import hello.nothing\"]"),
        &["The service cannot start: `import hello.nothing`, which the command loads"],
    );
}

/// A folder that is made beside the code: the warning says which volume it wants, and with that the start is followed.
fn folders_to_write_to(engine: &Engine) {
    let project = Project::copy("hello");
    project.append("src/hello/api.py", "\nos.makedirs('logs', exist_ok=True)\nopen('logs/start.log', 'w').close()\n");
    let log = project.build(engine, &[]).good().log;
    assert!(
        log.contains("raises PermissionError: [Errno 13] Permission denied: 'logs' while") && log.contains("`volumes: [/app/logs]`"),
        "{log}"
    );
    project.append("distil.yaml", "volumes: [/app/logs]\n");
    let built = project.build(engine, &[]).good();
    assert!(!built.log.contains("while the image is built"), "{}", built.log);
    assert_eq!(engine.exec(&built.image, &["python", "-c", "import hello.api, os; print(os.listdir('logs'))"]), "['start.log']");
}

/// Raises in the builder and in the image alike: green with a warning, in every build of it, and red for whoever says so.
fn settings_that_come_later(engine: &Engine) {
    let project = Project::copy("hello");
    project.append("src/hello/api.py", "\nTOKEN = os.environ[\"HELLO_TOKEN\"]\n");
    let warning = "`hello.api:app`, which the command loads, raises KeyError: 'HELLO_TOKEN' while the image is built";
    for _ in 0..2 {
        let log = project.build(engine, &[]).good().log;
        assert!(log.contains("[report] not proven: that the service starts"), "{log}");
        // As Docker shows warnings: with the line of the spec.
        assert!(log.contains(&format!("WARN: distil.yaml:2:10: {warning}")) || log.contains("1 warning found"), "{log}");
        assert!(log.contains("bytecode was not followed past it"), "{log}");
    }
    project.append("distil.yaml", "check: { imports: strict }\n");
    refused(engine, &project, &["raises KeyError: 'HELLO_TOKEN', and `check` asks for `imports: strict`", "line 26, in <module>"]);
    project.append("distil.yaml", "env: { HELLO_TOKEN: x }\n");
    let log = project.build(engine, &[]).good().log;
    assert!(!log.contains("not proven") && !log.contains("WARN"), "{log}");
}

/// Ends, crashes and mistakes in the very module of the command are told as what they are.
fn what_never_works(engine: &Engine) {
    for (code, good, said) in [
        ("raise SystemExit(3)", true, "raises SystemExit: 3"),
        ("os._exit(0)", true, "ends the process with code 0"),
        ("os.kill(os.getpid(), 11)", true, "ends the process by signal 11"),
        ("def f(:", false, "raises SyntaxError"),
        ("import nowhere_at_all", false, "add what has `nowhere_at_all` to the project's dependencies"),
    ] {
        let project = Project::copy("hello");
        project.append("src/hello/api.py", &format!("\n{code}\n"));
        if good {
            let log = project.build(engine, &[]).good().log;
            assert!(log.contains("which the command loads") && log.contains(said), "{log}");
        } else {
            refused(engine, &project, &["The service cannot start: `hello.api:app`, which the command loads", said]);
        }
    }
}

/// What a rule left out of what the start loads is named, with the rule.
fn only_in_the_image(engine: &Engine) {
    let project = Project::copy("hello");
    project.replace("src/hello/api.py", "import os\n", "import os\nfrom click import shell_completion\n");
    project.append("distil.yaml", "prune: { drop: [\"click/shell_completion.py\"] }\ncheck: { skip: [uvicorn, click] }\n");
    refused(
        engine,
        &project,
        &[
            "imports in the builder and not in the image",
            "the rule `drop` left out what it needs",
            "help: take it out of `prune: { drop: […] }`",
        ],
    );
}

/// No false alarm: commands as they are written, each with what it needs.
fn starts_of_all_kinds_are_good(engine: &Engine) {
    let files: &[(&str, &str)] = &[
        ("run.py", "import uvicorn\nfrom hello.api import app\nif __name__ == '__main__':\n    uvicorn.run(app)\n"),
        ("web.py", "from hello.api import app\n"),
        ("log.json", "{\"version\": 1}"),
    ];
    let copy = "copy: [run.py, web.py, log.json]\n";
    for command in [
        "[python, run.py]",
        "[uvicorn, \"web:app\", --log-config, log.json]",
        "[python, -m, uvicorn, --factory, \"hello.api:health\"]",
        "[python, -m, http.server]",
        "[python, -c, \"from hello.api import app; print(app)\"]",
    ] {
        let project = with(command);
        for (file, text) in files {
            project.write(file, text);
        }
        project.append("distil.yaml", copy);
        let log = project.build(engine, &[]).good().log;
        assert!(!log.contains("warning"), "{log}");
    }
}
