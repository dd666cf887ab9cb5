//! A definition as text that people can read and compare: one JSON object a line.
//!
//! Reads definitions of any origin. Must not be read back by anything.

mod object;

use buildkit_proto::pb;
use buildkit_proto::pb::file_action::Action;
use prost::Message;

use self::object::Object;
use crate::marshal::digest;

/// Writes a definition as text, one JSON object for each op: its digest, what it does, its inputs,
/// and what is known about it. What has no value is left out, and so are the -1s of the wire. The
/// order of keys is fixed.
#[must_use]
pub fn json_lines(definition: &pb::Definition) -> String {
    let mut lines = String::new();
    for bytes in &definition.def {
        lines.push_str(&line(bytes, definition));
        lines.push('\n');
    }
    lines
}

fn line(bytes: &[u8], definition: &pb::Definition) -> String {
    let digest = digest(bytes);
    let mut line = Object::default();
    line.text("digest", &digest);
    match pb::Op::decode(bytes) {
        Ok(op) => describe(&mut line, &op),
        Err(error) => line.text("error", &error.to_string()),
    }
    if let Some(metadata) = definition.metadata.get(&digest) {
        annotate(&mut line, metadata);
    }
    line.texts("at", &places(&digest, definition));
    line.finish()
}

fn describe(line: &mut Object, op: &pb::Op) {
    let inputs = op.inputs.len();
    match &op.op {
        Some(pb::op::Op::Source(source)) => line.object("source", |object| {
            object.text("identifier", &source.identifier);
            object.map("attrs", &source.attrs);
        }),
        Some(pb::op::Op::Exec(exec)) => line.object("exec", |object| command(object, exec)),
        Some(pb::op::Op::File(file)) => {
            let actions = file.actions.iter().map(|action| file_action(action, inputs));
            line.list("file", &actions.collect::<Vec<_>>());
        }
        Some(pb::op::Op::Merge(merge)) => {
            let layers = merge.inputs.iter().map(|layer| place(layer.input, inputs));
            line.texts("merge", &layers.collect::<Vec<_>>());
        }
        Some(pb::op::Op::Diff(diff)) => line.object("diff", |object| {
            let lower = diff.lower.map_or(-1, |lower| lower.input);
            let upper = diff.upper.map_or(-1, |upper| upper.input);
            object.text("lower", &place(lower, inputs));
            object.text("upper", &place(upper, inputs));
        }),
        Some(pb::op::Op::Passthrough(through)) => line.object("passthrough", |object| {
            object.text("id", &through.id);
            let outputs = through.outputs.iter().map(|input| place(*input, inputs));
            object.texts("outputs", &outputs.collect::<Vec<_>>());
        }),
        Some(pb::op::Op::Build(build)) => line.object("build", |object| {
            object.map("attrs", &build.attrs);
        }),
        None => line.flag("result", true),
    }
    if let Some(platform) = &op.platform {
        line.text("platform", &platform_text(platform));
    }
    let edges = op.inputs.iter();
    let edges = edges.map(|input| format!("{}#{}", input.digest, input.index));
    line.texts("inputs", &edges.collect::<Vec<_>>());
}

fn command(object: &mut Object, exec: &pb::ExecOp) {
    let default = pb::Meta::default();
    let meta = exec.meta.as_ref().unwrap_or(&default);
    object.texts("args", &meta.args);
    object.texts("env", &meta.env);
    object.text("cwd", &meta.cwd);
    object.text("user", &meta.user);
    if exec.network() != pb::NetMode::Unset {
        object.text("network", &lower(exec.network().as_str_name()));
    }
    if exec.security() != pb::SecurityMode::Sandbox {
        object.text("security", &lower(exec.security().as_str_name()));
    }
    let secrets = exec.secretenv.iter().map(|secret| {
        let mut object = Object::default();
        object.text("name", &secret.name);
        object.text("id", &secret.id);
        object.flag("optional", secret.optional);
        object.finish()
    });
    object.list("secret_env", &secrets.collect::<Vec<_>>());
    let devices = exec.cdi_devices.iter().map(|device| {
        let mut object = Object::default();
        object.text("name", &device.name);
        object.flag("optional", device.optional);
        object.finish()
    });
    object.list("devices", &devices.collect::<Vec<_>>());
    if let Some(proxy) = &meta.proxy_env {
        object.object("proxy", |object| {
            object.text("http", &proxy.http_proxy);
            object.text("https", &proxy.https_proxy);
            object.text("ftp", &proxy.ftp_proxy);
            object.text("no", &proxy.no_proxy);
            object.text("all", &proxy.all_proxy);
        });
    }
    let hosts = meta.extra_hosts.iter();
    let hosts = hosts.map(|extra| format!("{} {}", extra.ip, extra.host));
    object.texts("extra_hosts", &hosts.collect::<Vec<_>>());
    object.text("hostname", &meta.hostname);
    let limits = meta.ulimit.iter();
    let limits = limits.map(|limit| format!("{}={}:{}", limit.name, limit.soft, limit.hard));
    object.texts("ulimits", &limits.collect::<Vec<_>>());
    object.text("cgroup_parent", &meta.cgroup_parent);
    let codes = meta.valid_exit_codes.iter().map(ToString::to_string);
    object.list("valid_exit_codes", &codes.collect::<Vec<_>>());
    object.list("mounts", &exec.mounts.iter().map(mount).collect::<Vec<_>>());
}

fn mount(mount: &pb::Mount) -> String {
    let mut object = Object::default();
    object.text("dest", &mount.dest);
    object.text("type", &lower(mount.mount_type().as_str_name()));
    if mount.input >= 0 {
        object.number("input", mount.input);
    }
    object.text("selector", &mount.selector);
    object.flag("readonly", mount.readonly);
    // Go leaves a 0 here for secrets and agents, which have no output.
    let is_file = mount.secret_opt.is_some() || mount.ssh_opt.is_some();
    if mount.output >= 0 && !is_file {
        object.number("output", mount.output);
    }
    if mount.content_cache() != pb::MountContentCache::Default {
        object.text("content_cache", &lower(mount.content_cache().as_str_name()));
    }
    if let Some(cache) = &mount.cache_opt {
        object.text("id", &cache.id);
        object.text("sharing", &lower(cache.sharing().as_str_name()));
    }
    if let Some(tmpfs) = &mount.tmpfs_opt
        && tmpfs.size != 0
    {
        object.number("size", tmpfs.size);
    }
    let secret = mount.secret_opt.as_ref();
    let secret = secret.map(|it| (&it.id, it.uid, it.gid, it.mode, it.optional));
    let agent = mount.ssh_opt.as_ref();
    let agent = agent.map(|it| (&it.id, it.uid, it.gid, it.mode, it.optional));
    if let Some((id, uid, gid, mode, optional)) = secret.or(agent) {
        object.text("id", id);
        object.text("owner", &format!("{uid}:{gid}"));
        object.text("mode", &format!("{mode:04o}"));
        object.flag("optional", optional);
    }
    object.finish()
}

fn file_action(action: &pb::FileAction, inputs: usize) -> String {
    let mut object = Object::default();
    let place = |number: i64| place(number, inputs);
    let (kind, fields) = match &action.action {
        Some(Action::Copy(copy)) => ("copy", {
            let mut object = Object::default();
            object.text("from", &place(action.secondary_input));
            object.text("src", &copy.src);
            object.text("dest", &copy.dest);
            if copy.mode_str.is_empty() {
                object.mode(copy.mode);
            } else {
                object.text("mode", &copy.mode_str);
            }
            object.owner_and_time(copy.owner.as_ref(), copy.timestamp);
            object.flag("follow_symlink", copy.follow_symlink);
            object.flag("dir_copy_contents", copy.dir_copy_contents);
            object.flag("attempt_unpack", copy.attempt_unpack_docker_compatibility);
            object.flag("create_dest_path", copy.create_dest_path);
            object.flag("allow_wildcard", copy.allow_wildcard);
            object.flag("allow_empty_wildcard", copy.allow_empty_wildcard);
            object.flag("always_replace", copy.always_replace_existing_dest_paths);
            object.texts("include", &copy.include_patterns);
            object.texts("exclude", &copy.exclude_patterns);
            object.texts("required", &copy.required_paths);
            object
        }),
        Some(Action::Mkfile(file)) => ("mkfile", {
            let mut object = Object::default();
            object.text("path", &file.path);
            object.mode(file.mode);
            object.owner_and_time(file.owner.as_ref(), file.timestamp);
            match str::from_utf8(&file.data) {
                Ok(text) => object.text("data", text),
                Err(_) => object.text("digest", &digest(&file.data)),
            }
            object
        }),
        Some(Action::Mkdir(dir)) => ("mkdir", {
            let mut object = Object::default();
            object.text("path", &dir.path);
            object.mode(dir.mode);
            object.owner_and_time(dir.owner.as_ref(), dir.timestamp);
            object.flag("make_parents", dir.make_parents);
            object
        }),
        Some(Action::Rm(remove)) => ("rm", {
            let mut object = Object::default();
            object.text("path", &remove.path);
            object.flag("allow_not_found", remove.allow_not_found);
            object.flag("allow_wildcard", remove.allow_wildcard);
            object
        }),
        Some(Action::Symlink(link)) => ("symlink", {
            let mut object = Object::default();
            object.text("path", &link.newpath);
            object.text("target", &link.oldpath);
            object.owner_and_time(link.owner.as_ref(), link.timestamp);
            object
        }),
        None => ("nothing", Object::default()),
    };
    object.raw(kind, &fields.finish());
    object.text("on", &place(action.input));
    if action.output >= 0 {
        object.number("output", action.output);
    }
    object.finish()
}

fn annotate(line: &mut Object, metadata: &pb::OpMetadata) {
    line.map("description", &metadata.description);
    line.flag("ignore_cache", metadata.ignore_cache);
    if let Some(export) = metadata.export_cache {
        line.raw("export_cache", &export.value.to_string());
    }
    if let Some(group) = &metadata.progress_group {
        line.object("progress_group", |object| {
            object.text("id", &group.id);
            object.text("name", &group.name);
            object.flag("weak", group.weak);
        });
    }
    if let Some(limits) = &metadata.linux_resources {
        line.object("linux_resources", |object| {
            object.raw("memory", &limits.memory.to_string());
            object.raw("memory_swap", &limits.memory_swap.to_string());
            object.raw("cpu_shares", &limits.cpu_shares.to_string());
            object.raw("cpu_period", &limits.cpu_period.to_string());
            object.raw("cpu_quota", &limits.cpu_quota.to_string());
            object.text("cpuset_cpus", &limits.cpuset_cpus);
            object.text("cpuset_mems", &limits.cpuset_mems);
        });
    }
    let caps = metadata.caps.iter().filter(|(_, used)| **used);
    line.texts("caps", &caps.map(|(id, _)| id).collect::<Vec<_>>());
}

/// The places an op comes from, such as `app.yaml:3-5,9`.
fn places(digest: &str, definition: &pb::Definition) -> Vec<String> {
    let Some(source) = &definition.source else {
        return Vec::new();
    };
    let locations = source.locations.get(digest);
    let locations = locations.iter().flat_map(|list| &list.locations);
    let texts = locations.map(|location| {
        let file = usize::try_from(location.source_index).ok();
        let file = file.and_then(|file| source.infos.get(file));
        let name = file.map_or("?", |file| file.filename.as_str());
        let ranges = location.ranges.iter().map(|range| {
            let line = |position: Option<pb::Position>| position.map_or(0, |it| it.line);
            let (start, end) = (line(range.start), line(range.end));
            if start == end { start.to_string() } else { format!("{start}-{end}") }
        });
        format!("{name}:{}", ranges.collect::<Vec<_>>().join(","))
    });
    texts.collect()
}

/// What a number in an op with so many inputs stands for.
fn place(number: i64, inputs: usize) -> String {
    match usize::try_from(number) {
        Ok(number) if number < inputs => format!("input {number}"),
        Ok(number) => format!("action {}", number - inputs),
        Err(_) => "scratch".to_owned(),
    }
}

fn platform_text(platform: &pb::Platform) -> String {
    let mut text = format!("{}/{}", platform.os, platform.architecture);
    for part in [&platform.variant, &platform.os_version] {
        if !part.is_empty() {
            text.push('/');
            text.push_str(part);
        }
    }
    text
}

fn lower(name: &str) -> String {
    name.to_ascii_lowercase()
}
