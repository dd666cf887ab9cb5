//! The inventory of small site folders, well-formed and not.

use super::*;
use crate::refine::libraries::{Rules, openers};

fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, Tree) {
    let disk = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = disk.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let tree = Tree::read(disk.path(), "/s").unwrap();
    (disk, tree)
}

#[test]
fn files_belong_to_those_who_record_them_or_the_folder_around() {
    let (_disk, tree) = tree(&[
        ("cv2/__init__.py", ""),
        ("cv2/cv2.abi3.so", ""),
        ("cv2/notes.txt", ""),
        ("opencv_python-4.1.dist-info/METADATA", "Name: opencv-python\nVersion: 4.1\nRequires-Dist: numpy\n"),
        ("opencv_python-4.1.dist-info/RECORD", "cv2/__init__.py,,\ncv2/cv2.abi3.so,,\ncv2/gone.py,,\n"),
        ("opencv_python_headless-4.1.dist-info/METADATA", "Name: opencv-python-headless\nVersion: 4.1\n"),
        ("opencv_python_headless-4.1.dist-info/RECORD", "cv2/__init__.py,,\n"),
        ("google/rpc/__init__.py", ""),
        ("google/auth/__init__.py", ""),
        ("google/auth/extra.py", ""),
        ("g_rpc-1.dist-info/RECORD", "google/rpc/__init__.py,,\n"),
        ("g_auth-1.dist-info/RECORD", "google/auth/__init__.py,,\n"),
        ("g_auth-1.dist-info/entry_points.txt", "[console_scripts]\nga = google.auth:main\n"),
        ("stray.py", ""),
    ]);
    let all = inventory(&tree, &["/s"]);
    let names: Vec<_> = all.distributions.iter().map(|d| (d.name.as_str(), d.version.as_str())).collect();
    assert_eq!(names, [("g-auth", "1"), ("g-rpc", "1"), ("opencv-python", "4.1"), ("opencv-python-headless", "4.1")]);
    assert_eq!(all.owners("/s/cv2/__init__.py"), [2, 3]);
    assert_eq!(all.owners("/s/cv2/notes.txt"), [2, 3]);
    assert_eq!(all.owners("/s/cv2/cv2.abi3.so"), [2]);
    assert_eq!(all.owners("/s/google/auth/extra.py"), [0]);
    assert!(all.owners("/s/stray.py").is_empty());
    assert_eq!(all.distributions[1].modules, ["google.rpc"]);
    assert_eq!(all.distributions[0].scripts, [("ga".to_owned(), "google.auth:main".to_owned())]);
    assert_eq!(all.named("opencv-python").unwrap().requires, ["numpy"]);
}

#[test]
fn without_a_record_the_folder_of_the_name_is_taken() {
    let (_disk, tree) = tree(&[
        ("old/__init__.py", ""),
        ("old-2.0-py3.11.egg-info/PKG-INFO", "Name: Old\nVersion: 2.0\n"),
        ("two.py", ""),
        ("pair-1.egg-info", "Name: pair\nVersion: 1\n"),
        ("named-1.dist-info/top_level.txt", "two\n"),
        ("broken-1.dist-info/RECORD", "\u{0}\u{1},,\"\n\"\"\"\n../../../../../../x,,\n"),
    ]);
    let all = inventory(&tree, &["/s/"]);
    assert_eq!(all.named("old").unwrap().modules, ["old"]);
    assert_eq!(all.named("named").unwrap().modules, ["two"]);
    assert_eq!(all.named("pair").unwrap().files, ["/s/pair-1.egg-info"]);
    assert!(all.named("broken").unwrap().modules.is_empty());
}

#[test]
fn installed_packages_say_what_they_open() {
    let of = |package: &'static str, file: &'static str| {
        vec![(file.to_owned(), String::new()), (format!("{package}-1.dist-info/RECORD"), format!("{file},,\n"))]
    };
    let few = [
        of("psycopg", "psycopg/__init__.py"),
        of("soundfile", "_soundfile_data/libsndfile_x86_64.so"),
        of("python_magic", "magic/__init__.py"),
    ]
    .concat();
    let by = |files: &[(String, String)], skip: &[&str]| {
        let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let (_disk, tree) = tree(&files);
        let skip: Vec<String> = skip.iter().map(|s| (*s).to_owned()).collect();
        let openers = openers(&inventory(&tree, &["/s"]), &Rules::embedded(), &skip);
        openers.into_iter().map(|o| o.by).collect::<Vec<_>>()
    };
    assert_eq!(by(&few, &[]), ["the package psycopg", "the package python-magic"]);
    assert_eq!(by(&few, &["magic"]), ["the package psycopg"]);
    let more = [few, of("psycopg_binary", "psycopg_binary/__init__.py")].concat();
    assert_eq!(by(&more, &[]), ["the package python-magic"]);
}
