//! Prints a small graph as a definition, for `buildctl build` or `buildctl debug dump-llb`:
//!
//! ```sh
//! cargo run -p buildkit-llb --example hello | buildctl debug dump-llb
//! cargo run -p buildkit-llb --example hello | buildctl build --output type=local,dest=out
//! ```

use std::io::{self, Write};

use buildkit_llb::{Access, Exec, FileAction, FileCopy, Graph, Image, MakeFile, Mount};
use prost::Message;

fn main() -> io::Result<()> {
    let mut graph = Graph::new();

    let alpine = graph.source(Image::new("docker.io/library/alpine:3.22"));
    graph.describe(alpine).name = Some("[base] alpine".to_owned());

    let name = MakeFile::new("/name", "world\n");
    let names = graph.file(None, vec![FileAction::Mkfile(name)]);

    let greet = graph.exec(Exec {
        mounts: vec![
            Mount::bind("/", Some(alpine), Access::ReadOnly),
            Mount::bind("/in", Some(names), Access::ReadOnly),
            Mount::bind("/out", None, Access::ReadWrite),
        ],
        ..Exec::new(["sh", "-c", "echo \"hello $(cat /in/name)\" > /out/greeting"])
    });
    let greeting = greet.mount(2).expect("the third mount is writable");
    graph.describe(greeting).name = Some("greet".to_owned());

    let copy = FileCopy::new(Some(greeting), "/greeting", "/greeting");
    let result = graph.file(None, vec![FileAction::Copy(copy)]);

    io::stdout().write_all(&graph.finish(result).encode_to_vec())
}
