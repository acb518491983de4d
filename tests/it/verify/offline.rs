//! A build without the feature `network`: it asks nobody, and says so.

use crate::support::{Project, openai_key};

#[test]
fn a_build_without_network_says_that_it_cannot_ask() {
    let project = Project::new();
    project.file("a.py", format!("K = '{}'\n", openai_key("offline")));
    let report = project.report(&["--verify"]);
    let said = &report["findings"][0]["verification"];
    assert_eq!([&said["status"], &said["reason"]], ["not-checked", "built-without-network"]);
    let ran = project.keyward_with_input(&["verify"], openai_key("offline").as_bytes());
    assert_eq!(ran.code, 2);
    assert!(ran.stdout.contains("not-checked (built-without-network)"), "{ran:?}");
}
