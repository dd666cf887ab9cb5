//! The readable form.

use buildkit_llb::{Access, Exec, FileAction, FileCopy, Graph, Image, MakeFile, Mount, Owner, json_lines, pb};

use crate::linux;

#[test]
fn a_line_for_each_op() {
    let mut graph = Graph::new();
    let image = graph.source(Image { platform: Some(linux()), ..Image::new("docker.io/library/alpine:3.22") });
    let run = graph.exec(Exec {
        env: vec![("A".to_owned(), "b".to_owned())],
        mounts: vec![
            Mount::bind("/", Some(image), Access::ReadOnly),
            Mount::bind("/out", None, Access::ReadWrite),
            Mount::secret("/s", "token"),
        ],
        platform: Some(linux()),
        ..Exec::new(["sh", "-c", "echo \"é\""])
    });
    let out = run.mount(1).expect("it is writable");
    graph.describe(out).name = Some("run".to_owned());
    let spec = graph.source_file("app.yaml", "YAML", "");
    graph.at(out, spec, 2..=4);
    graph.at(out, spec, 6..=6);
    let copy = FileCopy { owner: Some(Owner::ids(1, 2)), ..FileCopy::new(Some(out), "/", "/app/") };
    let result = graph.file(Some(image), vec![FileAction::Mkfile(MakeFile::new("/f", "text\n")), FileAction::Copy(copy)]);
    let definition = graph.finish(result);
    let digests: Vec<String> = definition.def.iter().map(|it| buildkit_llb::digest(it)).collect();
    let expected = [
        r#"{"digest":"D0","source":{"identifier":"docker-image://docker.io/library/alpine:3.22"},"platform":"linux/amd64","caps":["source.image"]}"#,
        r#"{"digest":"D1","exec":{"args":["sh","-c","echo \"é\""],"env":["A=b"],"cwd":"/","mounts":[{"dest":"/","type":"bind","input":0,"readonly":true},{"dest":"/out","type":"bind","output":0},{"dest":"/s","type":"secret","id":"token","owner":"0:0","mode":"0400"}]},"platform":"linux/amd64","inputs":["D0#0"],"description":{"llb.customname":"run"},"caps":["exec.meta.base","exec.meta.setsdefaultpath","exec.mount.bind","exec.mount.secret"],"at":["app.yaml:2-4","app.yaml:6"]}"#,
        r#"{"digest":"D2","file":[{"mkfile":{"path":"/f","mode":"0644","data":"text\n"},"on":"input 0"},{"copy":{"from":"input 1","src":"/","dest":"/app/","owner":"1:2","create_dest_path":true},"on":"action 0","output":0}],"inputs":["D0#0","D1#0"],"caps":["file.base"]}"#,
        r#"{"digest":"D3","result":true,"inputs":["D2#0"],"caps":["constraints","meta.description","platform"]}"#,
    ];
    let mut expected = expected.join("\n") + "\n";
    for (number, digest) in digests.iter().enumerate() {
        expected = expected.replace(&format!("D{number}"), digest);
    }
    assert_eq!(json_lines(&definition), expected);
    for line in expected.lines() {
        let parsed = serde_json::from_str::<serde_json::Value>(line);
        assert!(parsed.is_ok(), "{line}");
    }
}

#[test]
fn what_is_no_op_is_still_a_line() {
    let definition = pb::Definition { def: vec![vec![0xff]], ..pb::Definition::default() };
    let text = json_lines(&definition);
    assert!(text.contains("\"error\":"), "{text}");
    assert_eq!(text.lines().count(), 1);
}
