//! Commands: numbers of inputs and outputs for each kind of mount, and the order of mounts.

use buildkit_llb::{
    Access, CdiDevice, ContentCache, Exec, Executed, ExtraHost, Graph, Image, LinuxResources, Mount, MountKind, Network, Proxy, SecretEnv,
    Security, Sharing, Ulimit, pb,
};

use crate::{caps_of, linux, op_of};

fn exec_of(graph: &Graph, executed: &Executed) -> pb::ExecOp {
    match op_of(graph, executed.op()).op {
        Some(pb::op::Op::Exec(exec)) => exec,
        other => panic!("{other:?} is not a command"),
    }
}

/// A graph, an image in it, and a second one.
fn images() -> (Graph, buildkit_llb::Output, buildkit_llb::Output) {
    let mut graph = Graph::new();
    let one = graph.source(Image::new("docker.io/library/alpine:3.22"));
    let two = graph.source(Image::new("docker.io/library/busybox:1.37"));
    (graph, one, two)
}

/// Runs a command with one mount beside a writable root, and returns that mount as the wire has it.
fn check(kind: MountKind, expected: pb::Mount, caps: &[&str]) {
    let (mut graph, root, _) = images();
    let executed = graph.exec(Exec {
        env: vec![("PATH".to_owned(), "/bin".to_owned())],
        mounts: vec![Mount::bind("/", Some(root), Access::ReadWrite), Mount { dest: "/m".to_owned(), kind }],
        ..Exec::new(["true"])
    });
    let exec = exec_of(&graph, &executed);
    assert_eq!(exec.mounts.len(), 2);
    assert_eq!(exec.mounts[0], pb::Mount { dest: "/".to_owned(), ..pb::Mount::default() });
    let is_output = expected.mount_type() == pb::MountType::Bind && expected.output >= 0;
    let dest = "/m".to_owned();
    assert_eq!(exec.mounts[1], pb::Mount { dest, ..expected });
    let found = caps_of(&graph, executed.root());
    let usual = |id: &&String| !["exec.meta.base", "exec.mount.bind"].contains(&id.as_str());
    let found: Vec<&String> = found.iter().filter(usual).collect();
    assert_eq!(found, caps);
    assert_eq!(executed.mount(1).is_some(), is_output);
}

fn bind(access: Access) -> MountKind {
    Mount::bind("", None, access).kind
}

#[test]
fn a_writable_bind_mount_is_an_output() {
    let expected = pb::Mount { input: -1, output: 1, ..pb::Mount::default() };
    check(bind(Access::ReadWrite), expected, &[]);
}

#[test]
fn a_read_only_bind_mount_is_no_output() {
    let expected = pb::Mount { input: -1, output: -1, readonly: true, ..pb::Mount::default() };
    check(bind(Access::ReadOnly), expected, &[]);
}

#[test]
fn a_discarded_bind_mount_is_writable_and_no_output() {
    let expected = pb::Mount { input: -1, output: -1, ..pb::Mount::default() };
    let caps = ["exec.mount.bind.readwrite-nooutput"];
    check(bind(Access::Discard), expected, &caps);
}

#[test]
fn a_part_of_a_tree() {
    let kind = MountKind::Bind { from: None, selector: "/part".to_owned(), access: Access::ReadOnly, content_cache: ContentCache::Off };
    let expected = pb::Mount {
        input: -1,
        output: -1,
        readonly: true,
        selector: "/part".to_owned(),
        content_cache: pb::MountContentCache::Off.into(),
        ..pb::Mount::default()
    };
    let caps = ["exec.mount.cache.content", "exec.mount.selector"];
    check(kind, expected, &caps);
}

#[test]
fn a_cache_mount() {
    let kind = MountKind::Cache { id: "c".to_owned(), sharing: Sharing::Locked, from: None, selector: String::new() };
    let expected = pb::Mount {
        input: -1,
        output: -1,
        mount_type: pb::MountType::Cache.into(),
        cache_opt: Some(pb::CacheOpt { id: "c".to_owned(), sharing: pb::CacheSharingOpt::Locked.into() }),
        ..pb::Mount::default()
    };
    let caps = ["exec.mount.cache", "exec.mount.cache.sharing"];
    check(kind, expected, &caps);
}

#[test]
fn a_secret_as_a_file() {
    let expected = pb::Mount {
        input: -1,
        output: 0,
        mount_type: pb::MountType::Secret.into(),
        secret_opt: Some(pb::SecretOpt { id: "s".to_owned(), mode: 0o400, ..pb::SecretOpt::default() }),
        ..pb::Mount::default()
    };
    check(Mount::secret("", "s").kind, expected, &["exec.mount.secret"]);
}

#[test]
fn an_ssh_agent() {
    let expected = pb::Mount {
        input: -1,
        output: 0,
        mount_type: pb::MountType::Ssh.into(),
        ssh_opt: Some(pb::SshOpt { id: "a".to_owned(), mode: 0o600, ..pb::SshOpt::default() }),
        ..pb::Mount::default()
    };
    check(Mount::ssh("", "a").kind, expected, &["exec.mount.ssh"]);
}

#[test]
fn a_folder_in_memory() {
    let tmpfs = |size| pb::Mount {
        input: -1,
        output: -1,
        mount_type: pb::MountType::Tmpfs.into(),
        tmpfs_opt: Some(pb::TmpfsOpt { size }),
        ..pb::Mount::default()
    };
    let unlimited = MountKind::Tmpfs { size: None };
    check(unlimited, tmpfs(0), &["exec.mount.tmpfs"]);
    let limited = MountKind::Tmpfs { size: Some(64) };
    let caps = ["exec.mount.tmpfs", "exec.mount.tmpfs.size"];
    check(limited, tmpfs(64), &caps);
}

#[test]
fn mounts_are_sorted_and_numbered_in_that_order() {
    let (mut graph, one, two) = images();
    let executed = graph.exec(Exec {
        mounts: vec![
            Mount::ssh("/a-agent", ""),
            Mount::secret("/b-secret", "s"),
            Mount::bind("/z", Some(two), Access::ReadWrite),
            Mount::bind("/m", Some(one), Access::ReadWrite),
            Mount::cache("/c", "c"),
            Mount::bind("/", Some(two), Access::ReadWrite),
            Mount::secret("/a-secret", "t"),
        ],
        ..Exec::new(["true"])
    });
    let op = op_of(&graph, executed.root());
    assert_eq!(op.inputs.len(), 2, "equal inputs are listed once");
    let mounts = exec_of(&graph, &executed).mounts;
    let found: Vec<_> = mounts.iter().map(|mount| (mount.dest.as_str(), mount.input, mount.output)).collect();
    let expected =
        [("/", 0, 0), ("/c", -1, -1), ("/m", 1, 1), ("/z", 0, 2), ("/b-secret", -1, 0), ("/a-secret", -1, 0), ("/a-agent", -1, 0)];
    assert_eq!(found, expected);

    // Handles go by the position that was given, not by the order of the wire.
    let index = |output| {
        let definition = graph.finish(output);
        let terminal = crate::ops(&definition).pop();
        terminal.expect("there is a terminal op").inputs[0].index
    };
    assert_eq!(index(executed.root()), 0);
    assert_eq!(executed.mount(2).map(index), Some(2));
    assert_eq!(executed.mount(3).map(index), Some(1));
    assert_eq!(executed.mount(5), Some(executed.root()));
    assert_eq!(executed.mount(4), None);
    assert_eq!(executed.mount(7), None);
}

#[test]
fn without_a_mount_at_the_root_there_is_an_empty_one() {
    let mut graph = Graph::new();
    let executed = graph.exec(Exec::new(["/bin/true"]));
    let mounts = exec_of(&graph, &executed).mounts;
    assert_eq!(mounts.len(), 1);
    let mount = &mounts[0];
    assert_eq!((mount.dest.as_str(), mount.input, mount.output), ("/", -1, 0));
    assert_eq!(executed.mount(0), None, "it was not given");
}

#[test]
fn a_root_that_is_not_kept_is_the_root_from_before() {
    for access in [Access::ReadOnly, Access::Discard] {
        let (mut graph, one, _) = images();
        let executed = graph.exec(Exec { mounts: vec![Mount::bind("/", Some(one), access)], ..Exec::new(["true"]) });
        assert_eq!(executed.root(), one);
        assert_eq!(exec_of(&graph, &executed).mounts[0].output, -1);
    }
}

#[test]
fn everything_else_of_a_command() {
    let (mut graph, one, _) = images();
    let proxy = Proxy { http_proxy: "http://p".to_owned(), ..Proxy::default() };
    let secret = SecretEnv { id: "id".to_owned(), name: "NAME".to_owned(), optional: true };
    let limit = Ulimit { name: "nofile".to_owned(), soft: 1, hard: 2 };
    let device = CdiDevice { name: "vendor.com/class=all".to_owned(), optional: true };
    let executed = graph.exec(Exec {
        args: vec!["a".to_owned(), "b".to_owned()],
        env: vec![("K".to_owned(), "V=W".to_owned())],
        cwd: "/work".to_owned(),
        user: Some("nobody".to_owned()),
        mounts: vec![Mount::bind("/", Some(one), Access::ReadWrite), Mount::ssh("/agent", "")],
        network: Network::None,
        security: Security::Insecure,
        secret_env: vec![secret.clone()],
        extra_hosts: vec![ExtraHost { host: "h".to_owned(), ip: [10, 0, 0, 1].into() }],
        hostname: Some("box".to_owned()),
        ulimits: vec![limit.clone()],
        cgroup_parent: Some("cg".to_owned()),
        proxy: Some(proxy.clone()),
        valid_exit_codes: vec![0, 3],
        cdi_devices: vec![device.clone()],
        platform: Some(linux()),
    });
    graph.describe(executed.op()).linux_resources = Some(LinuxResources { memory: 1, ..LinuxResources::default() });
    let op = op_of(&graph, executed.root());
    assert_eq!(op.platform, Some(linux()));
    assert_eq!(op.constraints, Some(pb::WorkerConstraints::default()));
    let exec = exec_of(&graph, &executed);
    assert_eq!(exec.network(), pb::NetMode::None);
    assert_eq!(exec.security(), pb::SecurityMode::Insecure);
    assert_eq!(exec.secretenv, [secret]);
    assert_eq!(exec.cdi_devices, [device]);
    let expected = pb::Meta {
        args: vec!["a".to_owned(), "b".to_owned()],
        env: vec!["K=V=W".to_owned(), "SSH_AUTH_SOCK=/agent".to_owned()],
        cwd: "/work".to_owned(),
        user: "nobody".to_owned(),
        proxy_env: Some(proxy),
        extra_hosts: vec![pb::HostIp { host: "h".to_owned(), ip: "10.0.0.1".to_owned() }],
        hostname: "box".to_owned(),
        ulimit: vec![limit],
        cgroup_parent: "cg".to_owned(),
        remove_mount_stubs_recursive: true,
        valid_exit_codes: vec![0, 3],
    };
    assert_eq!(exec.meta, Some(expected));
    let caps = [
        "exec.meta.base",
        "exec.meta.cdi",
        "exec.meta.cgroup.parent",
        "exec.meta.linux.resources",
        "exec.meta.network",
        "exec.meta.proxyenv",
        "exec.meta.security",
        "exec.meta.setsdefaultpath",
        "exec.meta.ulimit",
        "exec.mount.bind",
        "exec.mount.ssh",
        "exec.secretenv",
        "exec.validexitcode",
    ];
    assert_eq!(caps_of(&graph, executed.root()), caps);
}
