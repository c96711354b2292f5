//! The column of the matrix for a vendor that does not respond: the outcome of each use of a tool, and how long it takes.

use expect_test::{Expect, expect};
use tempo_sandbox::Effect;

use super::{BULK, CREATE, DELETE, EDIT, MOVE, READS, Start, Use, fault, invariants::Run, steps};

/// The seconds and the outcome of a run, in a few words.
fn outcome(good: &Run, run: &Run) -> String {
    let outcome = run.outcome.as_ref().unwrap();
    let first_line = outcome.text.lines().next().unwrap_or_default();
    let said = match (&good.outcome, outcome.is_error) {
        (Some(good), false) if good.structured == outcome.structured => "as without the fault",
        _ if outcome.structured.get("entries").is_some() => first_line,
        (_, false) => "ok",
        (_, true) => first_line,
    };
    format!("{} s, {said}", run.took.as_secs())
}

/// What happens if one request of this use never gets a response, whether or not it is processed.
async fn check(it: &Use, expected: Expect) {
    let start = Start::of(it);
    let good = start.play(Vec::new()).await;
    let mut lines = Vec::new();
    for step in steps(&good) {
        for effect in [Effect::Hang, Effect::HangAfter] {
            let run = start.play(vec![fault(&step, None, 0, &effect)]).await;
            lines.push(format!("{effect:?} on {} {}: {}", step.0, step.1, outcome(&good, &run)));
        }
    }
    expected.assert_eq(&lines.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn hang_of_a_list() {
    check(
        &READS[0],
        expect![[r#"
        Hang on GET /rest/api/3/myself: 44 s, Jira did not respond in time. Try again in a few minutes.
        HangAfter on GET /rest/api/3/myself: 44 s, Jira did not respond in time. Try again in a few minutes.
        Hang on POST /4/worklogs/search: 44 s, Tempo did not respond in time. Try again in a few minutes.
        HangAfter on POST /4/worklogs/search: 44 s, Tempo did not respond in time. Try again in a few minutes.
        Hang on POST /rest/api/3/issue/bulkfetch: 10 s, ok
        HangAfter on POST /rest/api/3/issue/bulkfetch: 10 s, ok
        Hang on GET /4/work-attributes: 10 s, ok
        HangAfter on GET /4/work-attributes: 10 s, ok"#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn hang_of_an_analysis() {
    check(
        &READS[3],
        expect![[r#"
            Hang on GET /rest/api/3/myself: 44 s, Jira did not respond in time. Try again in a few minutes.
            HangAfter on GET /rest/api/3/myself: 44 s, Jira did not respond in time. Try again in a few minutes.
            Hang on GET /4/work-attributes: 44 s, Tempo did not respond in time. Try again in a few minutes.
            HangAfter on GET /4/work-attributes: 44 s, Tempo did not respond in time. Try again in a few minutes.
            Hang on POST /4/worklogs/search: 44 s, Tempo did not respond in time. Try again in a few minutes.
            HangAfter on POST /4/worklogs/search: 44 s, Tempo did not respond in time. Try again in a few minutes.
            Hang on GET /4/accounts: 10 s, ok
            HangAfter on GET /4/accounts: 10 s, ok"#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn hang_of_missing_days() {
    check(&READS[4], expect![[r#"
        Hang on GET /rest/api/3/myself: 44 s, Jira did not respond in time. Try again in a few minutes.
        HangAfter on GET /rest/api/3/myself: 44 s, Jira did not respond in time. Try again in a few minutes.
        Hang on GET /4/user-schedule/712020%3A00000000-5a4d-4b0a-9a1e-000000000001: 44 s, Tempo did not respond in time. Try again in a few minutes.
        HangAfter on GET /4/user-schedule/712020%3A00000000-5a4d-4b0a-9a1e-000000000001: 44 s, Tempo did not respond in time. Try again in a few minutes.
        Hang on POST /4/worklogs/search: 44 s, Tempo did not respond in time. Try again in a few minutes.
        HangAfter on POST /4/worklogs/search: 44 s, Tempo did not respond in time. Try again in a few minutes.
        Hang on POST /rest/api/3/issue/bulkfetch: 10 s, ok
        HangAfter on POST /rest/api/3/issue/bulkfetch: 10 s, ok"#]]).await;
}

#[tokio::test(start_paused = true)]
async fn hang_of_a_search() {
    check(&READS[6], expect![[r#"
        Hang on GET /rest/api/3/myself: 44 s, Jira did not respond in time. Try again in a few minutes.
        HangAfter on GET /rest/api/3/myself: 44 s, Jira did not respond in time. Try again in a few minutes.
        Hang on POST /4/worklogs/search: 44 s, Tempo did not respond in time. Try again in a few minutes.
        HangAfter on POST /4/worklogs/search: 44 s, Tempo did not respond in time. Try again in a few minutes.
        Hang on POST /rest/api/3/issue/bulkfetch: 44 s, Jira did not respond in time. Try again in a few minutes.
        HangAfter on POST /rest/api/3/issue/bulkfetch: 44 s, Jira did not respond in time. Try again in a few minutes.
        Hang on POST /rest/api/3/search/jql: 44 s, Jira did not respond in time. Try again in a few minutes.
        HangAfter on POST /rest/api/3/search/jql: 44 s, Jira did not respond in time. Try again in a few minutes."#]]).await;
}

#[tokio::test(start_paused = true)]
async fn hang_of_a_create() {
    check(&CREATE, expect![[r#"
        Hang on GET /rest/api/3/myself: 30 s, Jira did not respond in time. Try again in a few minutes.
        HangAfter on GET /rest/api/3/myself: 30 s, Jira did not respond in time. Try again in a few minutes.
        Hang on POST /rest/api/3/issue/bulkfetch: 30 s, Jira did not respond in time. Try again in a few minutes.
        HangAfter on POST /rest/api/3/issue/bulkfetch: 30 s, Jira did not respond in time. Try again in a few minutes.
        Hang on GET /4/work-attributes: 30 s, Tempo did not respond in time. Try again in a few minutes.
        HangAfter on GET /4/work-attributes: 30 s, Tempo did not respond in time. Try again in a few minutes.
        Hang on GET /4/accounts/2: 30 s, Tempo did not respond in time. Try again in a few minutes.
        HangAfter on GET /4/accounts/2: 30 s, Tempo did not respond in time. Try again in a few minutes.
        Hang on POST /4/worklogs: 35 s, The connection to Tempo ended before its response arrived. The worklog was not found in Tempo as of 15:00:35. Check that day with retrieveWorklogs before you try again.
        HangAfter on POST /4/worklogs: 30 s, as without the fault"#]]).await;
}

#[tokio::test(start_paused = true)]
async fn hang_of_a_bulk_create() {
    check(&BULK, expect![[r#"
        Hang on GET /rest/api/3/myself: 30 s, Jira did not respond in time. Try again in a few minutes.
        HangAfter on GET /rest/api/3/myself: 30 s, Jira did not respond in time. Try again in a few minutes.
        Hang on POST /rest/api/3/issue/bulkfetch: 30 s, Jira did not respond in time. Try again in a few minutes.
        HangAfter on POST /rest/api/3/issue/bulkfetch: 30 s, Jira did not respond in time. Try again in a few minutes.
        Hang on GET /4/work-attributes: 30 s, Created 0 of 6 entries (0m). 0 failed, 0 unknown, 6 not sent.
        HangAfter on GET /4/work-attributes: 30 s, Created 0 of 6 entries (0m). 0 failed, 0 unknown, 6 not sent.
        Hang on GET /4/accounts/2: 30 s, Created 0 of 6 entries (0m). 0 failed, 0 unknown, 6 not sent.
        HangAfter on GET /4/accounts/2: 30 s, Created 0 of 6 entries (0m). 0 failed, 0 unknown, 6 not sent.
        Hang on GET /4/accounts/3: 30 s, Created 0 of 6 entries (0m). 0 failed, 0 unknown, 6 not sent.
        HangAfter on GET /4/accounts/3: 30 s, Created 0 of 6 entries (0m). 0 failed, 0 unknown, 6 not sent.
        Hang on POST /4/worklogs: 35 s, Created 5 of 6 entries (2h 30m). 1 failed, 0 unknown.
        HangAfter on POST /4/worklogs: 30 s, as without the fault
        Hang on POST /4/worklogs/issue/11012/bulk: 35 s, Created 3 of 6 entries (1h 30m). 3 failed, 0 unknown.
        HangAfter on POST /4/worklogs/issue/11012/bulk: 30 s, Created 6 of 6 entries (3h). 0 failed, 0 unknown.
        Hang on POST /4/worklogs/issue/12004/bulk: 35 s, Created 4 of 6 entries (2h). 2 failed, 0 unknown.
        HangAfter on POST /4/worklogs/issue/12004/bulk: 30 s, as without the fault"#]]).await;
}

#[tokio::test(start_paused = true)]
async fn hang_of_an_edit() {
    check(&EDIT, expect![[r#"
        Hang on GET /4/worklogs/7678: 30 s, Tempo did not respond in time. Try again in a few minutes.
        HangAfter on GET /4/worklogs/7678: 30 s, Tempo did not respond in time. Try again in a few minutes.
        Hang on GET /rest/api/3/myself: 10 s, as without the fault
        HangAfter on GET /rest/api/3/myself: 10 s, as without the fault
        Hang on POST /rest/api/3/issue/bulkfetch: 10 s, ok
        HangAfter on POST /rest/api/3/issue/bulkfetch: 10 s, ok
        Hang on GET /4/work-attributes: 10 s, ok
        HangAfter on GET /4/work-attributes: 10 s, ok
        Hang on PUT /4/worklogs/7678: 45 s, The connection to Tempo ended before its response arrived. Whether the change was made is not known. Check that day with retrieveWorklogs before you try again.
        HangAfter on PUT /4/worklogs/7678: 30 s, as without the fault"#]]).await;
}

#[tokio::test(start_paused = true)]
async fn hang_of_a_move() {
    check(&MOVE, expect![[r#"
        Hang on GET /4/worklogs/7678: 30 s, Tempo did not respond in time. Try again in a few minutes.
        HangAfter on GET /4/worklogs/7678: 30 s, Tempo did not respond in time. Try again in a few minutes.
        Hang on GET /rest/api/3/myself: 10 s, as without the fault
        HangAfter on GET /rest/api/3/myself: 10 s, as without the fault
        Hang on POST /rest/api/3/issue/bulkfetch: 30 s, Jira did not respond in time. Try again in a few minutes.
        HangAfter on POST /rest/api/3/issue/bulkfetch: 30 s, Jira did not respond in time. Try again in a few minutes.
        Hang on GET /4/work-attributes: 30 s, Tempo did not respond in time. Try again in a few minutes.
        HangAfter on GET /4/work-attributes: 30 s, Tempo did not respond in time. Try again in a few minutes.
        Hang on GET /4/accounts/3: 30 s, Tempo did not respond in time. Try again in a few minutes.
        HangAfter on GET /4/accounts/3: 30 s, Tempo did not respond in time. Try again in a few minutes.
        Hang on POST /4/worklogs: 35 s, The connection to Tempo ended before its response arrived. The worklog was not found in Tempo as of 15:00:35. Check that day with retrieveWorklogs before you try again.
        HangAfter on POST /4/worklogs: 30 s, as without the fault
        Hang on DELETE /4/worklogs/7678: 45 s, The worklog was copied to the other issue as worklog 7728. Whether the old worklog 7678 was deleted is not known. Tempo did not respond in time. Check that day with retrieveWorklogs. If 7678 is still there, delete it with deleteWorklog to complete the move. Try again in a few minutes.
        HangAfter on DELETE /4/worklogs/7678: 30 s, as without the fault"#]]).await;
}

#[tokio::test(start_paused = true)]
async fn hang_of_a_deletion() {
    check(&DELETE, expect![[r#"
        Hang on GET /4/worklogs/7678: 30 s, Tempo did not respond in time. Try again in a few minutes.
        HangAfter on GET /4/worklogs/7678: 30 s, Tempo did not respond in time. Try again in a few minutes.
        Hang on GET /rest/api/3/myself: 10 s, as without the fault
        HangAfter on GET /rest/api/3/myself: 10 s, as without the fault
        Hang on POST /rest/api/3/issue/bulkfetch: 10 s, ok
        HangAfter on POST /rest/api/3/issue/bulkfetch: 10 s, ok
        Hang on GET /4/work-attributes: 10 s, ok
        HangAfter on GET /4/work-attributes: 10 s, ok
        Hang on DELETE /4/worklogs/7678: 45 s, The connection to Tempo ended before its response arrived. Whether the change was made is not known. Check that day with retrieveWorklogs before you try again.
        HangAfter on DELETE /4/worklogs/7678: 30 s, as without the fault"#]]).await;
}
