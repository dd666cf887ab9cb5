//! Places in files: keyed by digest, numbered anew, with no file that is not used.

use buildkit_llb::{FileAction, Graph, Image, Local, MakeDir, Origin, Position, Range, digest, pb};

#[test]
fn places_are_filed_under_the_digest_of_the_bytes() {
    let mut graph = Graph::new();
    let unused = graph.source_file("other.yaml", "YAML", "other");
    let spec = graph.source_file("app.yaml", "YAML", "text");
    assert_ne!(unused, spec);
    assert_eq!(graph.source_file("app.yaml", "YAML", "text"), spec);
    let image = graph.source(Image::new("docker.io/library/alpine:3.22"));
    let dir = graph.file(Some(image), vec![FileAction::Mkdir(MakeDir::new("/d"))]);
    graph.at(dir, spec, 3..=5);
    graph.at(dir, spec, 9..=9);

    let definition = graph.finish(dir);
    let source = definition.source.expect("there are places");
    let info = pb::SourceInfo { filename: "app.yaml".to_owned(), data: b"text".to_vec(), definition: None, language: "YAML".to_owned() };
    assert_eq!(source.infos, [info]);
    let keys: Vec<&String> = source.locations.keys().collect();
    assert_eq!(keys, [&digest(&definition.def[1])]);
    let position = |line| Some(Position { line, character: 0 });
    let location = |start, end| pb::Location { source_index: 0, ranges: vec![Range { start: position(start), end: position(end) }] };
    let found = &source.locations[keys[0]].locations;
    assert_eq!(*found, [location(3, 5), location(9, 9)]);
}

#[test]
fn one_place_can_have_several_ranges_in_several_files() {
    let mut graph = Graph::new();
    let local = graph.source(Local::new("context"));
    let one = graph.source_file("one.yaml", "YAML", "1");
    let two = graph.source_file("two.yaml", "YAML", "2");
    let mut origin = Origin::new(two, 1..=1);
    origin.ranges.extend(Origin::new(two, 4..=6).ranges);
    graph.describe(local).origins.push(origin);
    graph.at(local, one, 2..=2);

    let source = graph.finish(local).source.expect("there are places");
    let names: Vec<&str> = source.infos.iter().map(|it| it.filename.as_str()).collect();
    assert_eq!(names, ["two.yaml", "one.yaml"]);
    let locations = source.locations.values().next().expect("there is an op");
    let found: Vec<_> = locations.locations.iter().map(|location| (location.source_index, location.ranges.len())).collect();
    assert_eq!(found, [(0, 2), (1, 1)]);
}
