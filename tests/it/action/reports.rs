//! What becomes of the findings: annotations, the page of the job, code scanning, and the end of the job.

use std::fmt::Write as _;

use serde_json::json;

use super::{Origin, Runner, events::IN_HISTORY};
use crate::hook::secret;

const UPLOAD: &str = "github/codeql-action/upload-sarif@";

#[test]
fn the_report_goes_to_code_scanning_when_asked_and_before_the_job_fails() {
    let origin = Origin::with_key();
    let off = Runner::new(&origin).run();
    assert!(off.called.is_empty(), "{off:#?}");
    let inputs = [("upload-sarif", "true"), ("category", "nightly/api")];
    for (mode, category) in [("tree", "nightly/api"), ("history", "nightly/api-history")] {
        let on = Runner::new(&origin).inputs(&inputs).input("mode", mode).run();
        on.assert_ended(1, if mode == "tree" { "1" } else { IN_HISTORY });
        let [(uses, with)] = &on.called[..] else { panic!("{on:#?}") };
        assert!(uses.starts_with(UPLOAD), "{uses}");
        assert_eq!(with, &json!({"sarif_file": on.outputs["sarif-file"], "category": category}));
        // What the file says wins over what the upload is told.
        assert_eq!(on.sarif()["runs"][0]["automationDetails"]["id"], format!("{category}/"));
    }
}

#[test]
fn what_is_not_the_whole_truth_does_not_go_to_code_scanning() {
    let origin = Origin::with_key();
    let range = Runner::new(&origin).inputs(&[("upload-sarif", "true"), ("mode", "diff")]).run();
    range.assert_ended(2, "").assert_said("error", "would close the alerts outside a range");
    let shallow = Origin::new();
    shallow.repo().file("a.py", secret("a"));
    shallow.commit("key");
    shallow.check_out("refs/heads/main", Some(1));
    let history = Runner::new(&shallow).inputs(&[("upload-sarif", "true"), ("mode", "history")]).run();
    history.assert_ended(2, IN_HISTORY).assert_said("warning", "was not sent to code scanning");
    assert!(history.called.is_empty(), "{history:#?}");
    assert_eq!(history.sarif()["runs"][0]["results"].as_array().unwrap().len(), 2, "the file is there");
}

#[test]
fn the_worst_of_more_than_code_scanning_takes_is_sent_and_the_job_fails_all_the_same() {
    let origin = Origin::new();
    for name in ["a", "b", "c", "d", "e", "f"] {
        origin.repo().file(&format!("keys/{name}.py"), secret(name).repeat(4_167));
    }
    origin.commit("keys");
    origin.check_out("refs/heads/main", None);
    let inputs = [("upload-sarif", "true"), ("fail-on", "never"), ("annotations", "false"), ("summary", "false")];
    let cut = Runner::new(&origin).inputs(&inputs).run();
    cut.assert_ended(2, "25002").assert_said("error", "there are more findings than code scanning takes");
    let [(uses, with)] = &cut.called[..] else { panic!("{:#?}", cut.commands) };
    assert!(uses.starts_with(UPLOAD), "{uses}");
    assert_eq!(with, &json!({"sarif_file": cut.outputs["sarif-file"], "category": "keyward"}));
    assert_eq!(cut.sarif()["runs"][0]["results"].as_array().unwrap().len(), 25_000);
    let all_said = format!("{:?}", cut.commands);
    assert!(!all_said.contains("not everything could be read") && !all_said.contains("was not sent"), "{all_said}");
    // Something else is wrong as well.
    let unread = Runner::new(&origin).inputs(&inputs).input("paths", "keys\nabsent.py").run();
    unread.assert_ended(2, "25002").assert_said("error", "not everything could be read");
    unread.assert_said("warning", "was not sent to code scanning");
    assert!(unread.called.is_empty(), "{:#?}", unread.called);
}

#[test]
fn fail_on_decides_and_the_findings_are_counted_all_the_same() {
    let origin = Origin::with_key();
    for (fail_on, code) in [("never", 0), ("error", 1), ("note", 1), ("", 1)] {
        Runner::new(&origin).input("fail-on", fail_on).run().assert_ended(code, "1");
    }
}

#[test]
fn a_baseline_silences_what_it_lists() {
    let origin = Origin::with_key();
    let ran = origin.repo().keyward(&["baseline", "create"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let accepted = std::fs::read(origin.repo().path("keyward.baseline")).unwrap();
    origin.project().file("checkout/ci/accepted", accepted);
    Runner::new(&origin).input("baseline", "ci/accepted").run().assert_ended(0, "0");
}

#[test]
fn annotations_are_ten_of_a_kind_and_the_rest_is_counted_or_none() {
    let origin = Origin::new();
    for number in 0..13 {
        origin.repo().file(&format!("{number}.py"), secret(&number.to_string()));
    }
    origin.commit("keys");
    origin.check_out("refs/heads/main", None);
    let on = Runner::new(&origin).run();
    on.assert_ended(1, "13");
    assert_eq!(on.annotated().len(), 10);
    assert!(on.commands.iter().any(|command| command.contains("3 more errors not shown here")), "{on:#?}");
    let off = Runner::new(&origin).inputs(&[("annotations", "false"), ("summary", "false")]).run();
    off.assert_ended(1, "13");
    assert!(off.commands.is_empty() && off.summary.is_empty(), "{off:#?}");
}

#[test]
fn a_report_that_is_too_long_for_the_page_of_the_job_is_cut_at_a_line_and_counts_the_rest() {
    let origin = Origin::new();
    let mut lines = String::new();
    // Names may have 255 bytes and stand in entities.
    let folder = "&".repeat(250);
    for number in 0..1_000 {
        let _ = write!(lines, "{}", secret(&number.to_string()));
    }
    origin.repo().file(&format!("{folder}/{folder}/{folder}/{folder}/a.py"), lines);
    origin.commit("keys");
    origin.check_out("refs/heads/main", None);
    let outcome = Runner::new(&origin).run();
    outcome.assert_ended(1, "1000");
    assert!(outcome.summary.len() < 1 << 20, "{}", outcome.summary.len());
    let (table, rest) = outcome.summary.split_once(" |\n\n**").unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| error |")).count();
    assert!(rows > 100, "{rows}");
    let ending = format!(
        "{} more are not listed here**, in the order above; other report formats list all.\n\nRead ",
        1_000 - rows
    );
    assert!(rest.starts_with(&ending), "{rest}");
}

#[test]
fn what_could_not_be_read_fails_the_job() {
    let origin = Origin::with_key();
    let absent = Runner::new(&origin).input("paths", "absent.py").run();
    absent.assert_ended(2, "0").assert_said("error", "not everything could be read");
    assert!(absent.log.contains("cannot read `absent.py`"), "{absent:#?}");
    let baseline = Runner::new(&origin).input("baseline", "absent").run();
    baseline.assert_ended(2, "").assert_said("error", "could not start; its message in the log says why");
    assert!(baseline.log.contains("absent"), "{baseline:#?}");
}
