//! `examen tasks`, and the tasks of files in `evaluate`: what a model sees, what is run, what is refused.

use crate::support::{checkpoint, examen, fail, succeed, testdata};
use examen_core::ExamRow;
use serde_json::{Value, json};
use std::{fs, path::Path};

fn shown(folder: &Path, arguments: &[&str]) -> Value {
    let mut command = examen(folder);
    command
        .args(["tasks", "show"])
        .args(arguments)
        .args(["--format", "json"]);
    serde_json::from_str(&succeed(&mut command)).unwrap()
}

fn capitals(name: &str) -> String {
    testdata(&format!("tasks/capitals/{name}"))
        .display()
        .to_string()
}

#[test]
fn prompts_are_those_of_lm_evaluation_harness() {
    // The values were made by lm_eval 0.4.13 of the same files: see xtask/interop/lm_eval_prompts.py.
    let folder = tempfile::tempdir().unwrap();
    let shown = shown(folder.path(), &[&capitals("capitals.yaml")]);
    let questions = &shown[0]["questions"];
    assert_eq!(
        questions[0]["contexts"],
        json!(["Questions about Europe.\n\nQ: What is the capital of France?\nA:"])
    );
    assert_eq!(
        questions[0]["choices"],
        json!([" Paris", " Lyon's", " Nice"])
    );
    assert_eq!(questions[0]["golds"], json!([0]));
    assert_eq!(
        questions[1]["contexts"][0],
        "Questions about Africa.\n\nQ: What is the capital of Kenya?\nA:"
    );
}

#[test]
fn rows_are_filtered_by_the_tasks_function_without_python() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = examen(folder.path());
    command.args([
        "tasks",
        "show",
        "capitals_europe",
        "--include-path",
        &capitals(""),
        "--format",
        "json",
    ]);
    command.args(["--python", "no-such-python"]);
    let shown: Value = serde_json::from_str(&succeed(&mut command)).unwrap();
    let questions = shown[0]["questions"].as_array().unwrap();
    assert_eq!(questions.len(), 2, "Kenya is not in Europe");
    let expected =
        "Q: What is the capital of Spain?\nA: Madrid\n\nQ: What is the capital of France?\nA:";
    assert_eq!(
        questions[0]["contexts"][0], expected,
        "the question is not its own example"
    );
}

#[test]
fn a_function_that_needs_python_is_run_only_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = capitals("capitals_shuffled.yaml");
    let refused = fail(examen(folder.path()).args(["tasks", "show", &file]), 1);
    assert!(
        refused.contains("process_docs") && refused.contains("--run-hooks"),
        "{refused}"
    );
    let shown = shown(folder.path(), &[&file, "--run-hooks"]);
    assert_eq!(
        shown[0]["questions"][0]["contexts"][0],
        "Q: What is the capital of Spain?\nA:"
    );
}

#[test]
fn check_says_what_loads_and_what_needs_python() {
    let folder = tempfile::tempdir().unwrap();
    let loop_a = folder.path().join("a.yaml");
    fs::write(&loop_a, "include: b.yaml\ntask: a\n").unwrap();
    fs::write(folder.path().join("b.yaml"), "include: a.yaml\n").unwrap();
    let unknown = folder.path().join("c.yaml");
    fs::write(&unknown, "task: c\ndoc_to_txt: x\n").unwrap();
    let unscored = folder.path().join("d.yaml");
    let filter = "filter_list: [{name: x, filter: [{function: shuffle}]}]";
    fs::write(
        &unscored,
        format!("task: d\noutput_type: generate_until\ntest_split: test\n{filter}\n"),
    )
    .unwrap();
    let two = folder.path().join("two.yaml");
    fs::write(&two, "task: e\n---\ntask: f\n").unwrap();
    let mut command = examen(folder.path());
    command
        .args(["tasks", "check", "--format", "json", &capitals("")])
        .args([&loop_a, &unknown, &unscored, &two]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(3), "three do not load");
    let lines: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |task: &str| {
        lines
            .iter()
            .find(|line| line["task"] == task)
            .unwrap_or_else(|| panic!("{task}: {lines:?}"))
    };
    assert_eq!(of("capitals")["needs_python"], json!(false));
    assert_eq!(of("capitals_europe")["needs_python"], json!(false));
    assert_eq!(
        (
            &of("capitals_shuffled")["loads"],
            &of("capitals_shuffled")["needs_python"]
        ),
        (&json!(true), &json!(true))
    );
    assert!(
        of("capitals_shuffled")["reason"]
            .as_str()
            .unwrap()
            .contains("process_docs")
    );
    assert!(of("c")["reason"].as_str().unwrap().contains("doc_to_txt"));
    assert_eq!(of("d")["loads"], json!(true));
    let reason = of("d")["reason"].as_str().unwrap();
    assert!(
        reason.contains("not scored") && reason.contains("`shuffle`"),
        "{reason}"
    );
    let several = lines
        .iter()
        .find(|line| line["file"] == two.display().to_string());
    let reason = several.unwrap()["reason"].as_str().unwrap();
    assert!(reason.contains("second document"), "{reason}");
    let looped = lines
        .iter()
        .find(|line| line["file"] == loop_a.display().to_string())
        .unwrap();
    assert!(
        looped["reason"]
            .as_str()
            .unwrap()
            .contains("included before"),
        "{looped}"
    );
    assert_eq!(lines.len(), 7, "the base file describes nothing: {lines:?}");
}

/// The exam of one question in a folder with a split.
fn exam(folder: &Path, split: &str) -> String {
    let path = folder.join("exam");
    fs::create_dir_all(&path).unwrap();
    let row = json!({"question": "2 + 2?", "answer_a": "3", "answer_b": "4", "answer_c": "5", "answer_d": "6", "correct_answer": "answer_b"});
    fs::write(path.join(format!("{split}.jsonl")), format!("{row}\n")).unwrap();
    path.display().to_string()
}

/// What a variant of the task file asks.
fn asked(variant: impl Fn(&str) -> String, split: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let source = variant(&fs::read_to_string(testdata("tasks/exam_task.py")).unwrap());
    let file = folder.path().join("task.py");
    fs::write(&file, source).unwrap();
    let exam = exam(folder.path(), split);
    shown(folder.path(), &[file.to_str().unwrap(), "--dataset", &exam])[0]["questions"][0].clone()
}

#[test]
fn a_python_task_asks_what_its_file_says_whatever_it_resembles() {
    let original = asked(str::to_owned, "train");
    assert_eq!(
        original["contexts"][0],
        "Choose the correct answer for the following exam question:\n\n2 + 2?"
    );
    assert_eq!(original["choices"], json!([" 3", " 4", " 5", " 6"]));
    assert_eq!(original["golds"], json!([1]));
    let bare = asked(
        |source| source.replace("f\" {line[key]}\"", "f\"{line[key]}\""),
        "train",
    );
    assert_eq!(bare["choices"], json!(["3", "4", "5", "6"]));
    let reversed = asked(
        |source| source.replace("KEYS.index(", "KEYS[::-1].index("),
        "train",
    );
    assert_eq!(reversed["golds"], json!([2]));
    let listed = asked(
        |source| {
            source.replace(
                "{line['question']}\"",
                "{line['question']} {line['answer_a']}|{line['answer_b']}\"",
            )
        },
        "train",
    );
    assert!(
        listed["contexts"][0]
            .as_str()
            .unwrap()
            .ends_with("2 + 2? 3|4"),
        "{listed}"
    );
    let other_split = asked(
        |source| {
            source.replace(
                "evaluation_splits=[\"train\"]",
                "evaluation_splits=[\"test\"]",
            )
        },
        "test",
    );
    assert_eq!(other_split["golds"], json!([1]));
    let other_words = asked(
        |source| source.replace("Choose the correct answer", "Pick one"),
        "train",
    );
    assert!(
        other_words["contexts"][0]
            .as_str()
            .unwrap()
            .starts_with("Pick one"),
        "{other_words}"
    );
}

#[test]
fn a_split_that_is_not_there_and_a_file_that_fails_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let exam = exam(folder.path(), "test");
    let file = testdata("tasks/exam_task.py").display().to_string();
    let told = fail(
        examen(folder.path()).args(["tasks", "show", &file, "--dataset", &exam]),
        1,
    );
    assert!(told.contains("train") && told.contains("test"), "{told}");
    let broken = folder.path().join("broken.py");
    fs::write(
        &broken,
        "def f():\n    return {}['key']\nTASKS_TABLE = [f()]\n",
    )
    .unwrap();
    let told = fail(
        examen(folder.path()).args(["tasks", "show"]).arg(&broken),
        2,
    );
    assert!(
        told.contains("broken.py, line 2, in f; KeyError: 'key'"),
        "{told}"
    );
}

#[test]
fn no_python_is_refused_with_what_to_install() {
    let folder = tempfile::tempdir().unwrap();
    let file = testdata("tasks/exam_task.py").display().to_string();
    let told = fail(
        examen(folder.path()).args(["tasks", "show", &file, "--python", "no-such-python"]),
        2,
    );
    assert!(
        told.contains("no-such-python") && told.contains("install Python 3"),
        "{told}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_task_file_has_no_network_unless_it_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("task.py");
    fs::write(
        &file,
        "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM)\nTASKS_TABLE = []\n",
    )
    .unwrap();
    let show = |more: &[&str]| {
        let mut command = examen(folder.path());
        command.args(["tasks", "show"]).arg(&file).args(more);
        command.output().unwrap()
    };
    let told = String::from_utf8_lossy(&show(&[]).stderr).into_owned();
    assert!(told.contains("PermissionError"), "{told}");
    let told = String::from_utf8_lossy(&show(&["--bridge-network"]).stderr).into_owned();
    assert!(!told.contains("PermissionError"), "{told}");
}

/// A task of replies on one row, with these lines more.
fn written(folder: &Path, more: &str) -> String {
    fs::write(
        folder.join("rows.jsonl"),
        "{\"q\": \"1 + 1?\", \"a\": [\"2\", \"two\"]}\n",
    )
    .unwrap();
    let file = folder.join("written.yaml");
    let head = "task: written\ndataset_path: json\ndataset_kwargs: {data_files: {test: rows.jsonl}}\ntest_split: test\n\
                output_type: generate_until\ndoc_to_text: \"{{q}}\"\ndoc_to_target: a\n";
    fs::write(&file, format!("{head}{more}")).unwrap();
    file.display().to_string()
}

fn evaluated(folder: &Path, tasks: &str) -> assert_cmd::Command {
    let mut command = examen(folder);
    command.args([
        "evaluate",
        "--format",
        "json",
        "--chat-template",
        "off",
        "--tasks",
        tasks,
    ]);
    command.arg("--model").arg(checkpoint("llama3"));
    command
}

#[test]
fn what_of_a_task_file_cannot_be_scored_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |tasks: &str| {
        let output = evaluated(folder.path(), tasks).output().unwrap();
        assert!(!output.status.success() && output.stdout.is_empty());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    for (more, expected) in [
        (
            "metric_list: [{metric: wer}]\n",
            "`wer`: this metric is not computed here for generate_until, only exact_match",
        ),
        ("metric_list: [{metric: acc}]\n", "`acc`"),
        (
            "metric_list: [{metric: bleu, aggregation: mean}]\n",
            "the aggregation `mean`",
        ),
        (
            "metric_list: [{metric: exact_match, ignore_spaces: true}]\n",
            "the key `ignore_spaces`",
        ),
        (
            "metric_list: [{metric: exact_match, regexes_to_ignore: ['(']}]\n",
            "the pattern `(`",
        ),
        (
            "filter_list: [{name: f, filter: [{function: format_span}]}]\n",
            "`format_span` is not known here",
        ),
        ("generation_kwargs: {num_beams: 10}\n", "beam search"),
        (
            "generation_kwargs: {penalty_alpha: 0.6}\n",
            "`penalty_alpha`",
        ),
        (
            "generation_kwargs: {max_gen_toks: -1}\n",
            "`max_gen_toks` -1",
        ),
        (
            "process_results: !function utils.score\n",
            "process_results (utils.score)",
        ),
    ] {
        let talk = refused(&written(folder.path(), more));
        assert!(talk.contains(expected), "{more}: {talk}");
    }
    let task = written(folder.path(), "");
    let talk = refused(&format!("{task}@repeat=2"));
    assert!(talk.contains("`repeat` is not a key"), "{talk}");
    let talk = fail(&mut evaluated(folder.path(), "exam_questions@shots=2"), 2);
    assert!(talk.contains("no option `shots`"), "{talk}");
}

/// The value of a metric that the task's Python computed.
fn own<'a>(run: &'a Value, name: &str) -> &'a Value {
    let all = run["own_metrics"].as_array().unwrap();
    let found = all.iter().find(|metric| metric["name"] == name);
    &found.unwrap_or_else(|| panic!("no {name}: {run}"))["value"]
}

#[test]
fn python_that_scores_is_run_where_hooks_may_be() {
    let folder = tempfile::tempdir().unwrap();
    let code = "import math\n\n\ndef score(doc, results):\n    return {'is_text': float(isinstance(results[0], str)), \
                'n_answers': len(doc['a']), 'pair': (-2.0, 4), 'extra': 1}\n\n\n\
                def largest(items):\n    return max(items) + 0.5\n\n\n\
                def same(references, predictions, offset):\n    return {'same': offset + len(references) + len(predictions)}\n";
    fs::write(folder.path().join("utils.py"), code).unwrap();
    let task = written(
        folder.path(),
        "process_results: !function utils.score\ngeneration_kwargs: {until: ['zz'], max_gen_toks: 4}\nmetric_list:\n\
         \x20 - {metric: is_text}\n  - {metric: n_answers, aggregation: !function utils.largest, higher_is_better: false}\n\
         \x20 - {metric: pair, aggregation: weighted_perplexity}\n",
    );
    let talk = evaluated(folder.path(), &task).output().unwrap().stderr;
    let talk = String::from_utf8_lossy(&talk).into_owned();
    assert!(
        talk.contains("process_results (utils.score)") && talk.contains("--run-hooks"),
        "{talk}"
    );
    let run = succeed(evaluated(folder.path(), &task).arg("--run-hooks"));
    let run: Value = serde_json::from_str(&run).unwrap();
    assert_eq!(own(&run, "is_text"), 1.0);
    assert_eq!(own(&run, "n_answers"), 2.5);
    // exp(2 / 4)
    assert!((own(&run, "pair").as_f64().unwrap() - 0.5_f64.exp()).abs() < 1e-12);
    assert!(run["warnings"].to_string().contains("`extra`"), "{run}");
    let task = written(
        folder.path(),
        "generation_kwargs: {until: ['zz'], max_gen_toks: 4}\nmetric_list:\n  - {metric: !function utils.same, offset: 10}\n",
    );
    let run = succeed(evaluated(folder.path(), &task).arg("--run-hooks"));
    let run: Value = serde_json::from_str(&run).unwrap();
    assert_eq!(own(&run, "same"), 12.0);
}

#[test]
fn python_that_scores_choices_is_told_their_log_probabilities() {
    let folder = tempfile::tempdir().unwrap();
    let code = "import math\n\n\ndef score(doc, results):\n    sums = [log_prob for log_prob, is_greedy in results]\n    \
                return {'own_acc': float(sums.index(max(sums)) == doc['key']), 'n': len(results)}\n";
    fs::write(folder.path().join("utils.py"), code).unwrap();
    let rows = [
        "{\"q\": \"a\", \"c\": [\"x\", \"yy\"], \"key\": 0}",
        "{\"q\": \"b\", \"c\": [\"x\", \"yy\"], \"key\": 1}",
    ];
    fs::write(folder.path().join("rows.jsonl"), rows.join("\n")).unwrap();
    let file = folder.path().join("chosen.yaml");
    let task = "task: chosen\ndataset_path: json\ndataset_kwargs: {data_files: {test: rows.jsonl}}\ntest_split: test\n\
                output_type: multiple_choice\ndoc_to_text: q\ndoc_to_choice: c\ndoc_to_target: key\n\
                process_results: !function utils.score\nmetric_list: [{metric: own_acc}, {metric: n}]\n";
    fs::write(&file, task).unwrap();
    let run = succeed(evaluated(folder.path(), &file.display().to_string()).arg("--run-hooks"));
    let run: Value = serde_json::from_str(&run).unwrap();
    assert_eq!(own(&run, "own_acc"), &run["metrics"][0]["value"]);
    assert_eq!(own(&run, "n"), 2.0);
}

#[test]
fn a_question_that_is_asked_several_times_keeps_all_replies() {
    let folder = tempfile::tempdir().unwrap();
    let task = written(
        folder.path(),
        "repeats: 3\ngeneration_kwargs: {until: ['zz'], max_gen_toks: 6, do_sample: true, temperature: 1.0}\n\
         filter_list:\n  - {name: vote, filter: [{function: majority_vote}, {function: take_first}]}\n\
         \x20 - {name: two, filter: [{function: take_first_k, k: 2}]}\n",
    );
    let run: Value = serde_json::from_str(&succeed(&mut evaluated(folder.path(), &task))).unwrap();
    let names: Vec<_> = run["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|metric| metric["name"].clone())
        .collect();
    assert_eq!(names, ["exact_match,vote", "exact_match,two"]);
    assert_eq!(
        run["n_answer_tokens"], 18,
        "three replies of six tokens: {run}"
    );
}

#[test]
fn a_file_lists_tasks_and_options_stand_after_names() {
    let folder = tempfile::tempdir().unwrap();
    let task = written(folder.path(), "");
    let list = folder.path().join("tasks.txt");
    let lines = format!(
        "# two\n{task}@task=short@generation_kwargs.max_gen_toks=2\n\n{task}@doc_to_text='{{{{q}}}} is'@generation_kwargs.max_gen_toks=5\n"
    );
    fs::write(&list, lines).unwrap();
    let runs: Value = serde_json::from_str(&succeed(&mut evaluated(
        folder.path(),
        list.to_str().unwrap(),
    )))
    .unwrap();
    let of = |n: usize| {
        (
            runs[n]["task"].as_str().unwrap(),
            runs[n]["n_answer_tokens"].as_u64().unwrap(),
        )
    };
    assert_eq!((of(0), of(1)), (("short|0", 2), ("written|0", 5)));
    fs::write(&list, format!("{task}\n{task}\n")).unwrap();
    let talk = fail(&mut evaluated(folder.path(), list.to_str().unwrap()), 2);
    assert!(talk.contains("names a task twice"), "{talk}");
}

#[test]
fn prompts_are_shown_as_a_model_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    let model = checkpoint("llama3").display().to_string();
    let shown = shown(
        folder.path(),
        &[
            &capitals("capitals.yaml"),
            "--model",
            &model,
            "--limit",
            "1",
        ],
    );
    let prompt = &shown[0]["prompts"][0][0];
    assert_eq!(prompt["chat_template"], true);
    let text = prompt["text"].as_str().unwrap();
    assert!(
        text.contains("What is the capital of France?") && !text.starts_with("Questions"),
        "{text}"
    );
    let tokens = prompt["tokens"].as_array().unwrap();
    assert!(
        tokens.len() > 10 && tokens[0] != tokens[1],
        "one begin token: {tokens:?}"
    );
}

#[test]
fn a_published_exam_is_asked_the_same_by_its_files_for_other_tools() {
    let folder = crate::door::reviewed();
    succeed(examen(folder.path()).args(["publish", "--name", "exam", "--include-unreviewed"]));
    let published = folder.path().join("published");
    let data = published.join("data/train-00000-of-00001.parquet");
    let rows: Vec<ExamRow> = examen_files::table::read_parquet(&data).unwrap();
    let stem = &rows[0].question;
    let context = format!("Choose the correct answer for the following exam question:\n\n{stem}");
    let ways: [&[&str]; 3] = [
        &["exam_questions", "--dataset", "."],
        &["tasks/lm_eval.yaml"],
        &["tasks/lighteval_task.py"],
    ];
    for way in ways {
        let shown = shown(&published, way);
        let first = &shown[0]["questions"][0];
        assert_eq!(first["contexts"][0], context, "{way:?}");
        let choices = rows[0].answers().map(|text| format!(" {text}"));
        assert_eq!(first["choices"], json!(choices), "{way:?}");
        assert_eq!(first["golds"], json!([rows[0].answer]), "{way:?}");
    }
}

#[test]
fn choices_are_shown_as_the_model_scores_them() {
    let folder = tempfile::tempdir().unwrap();
    let model = checkpoint("qwen2").display().to_string();
    let through_template = shown(
        folder.path(),
        &[&capitals("capitals.yaml"), "--model", &model],
    );
    assert_eq!(through_template[0]["prompts"][0][0]["chat_template"], true);
    let choices = &through_template[0]["questions"][0]["choices"];
    assert_eq!(choices, &json!(["Paris", "Lyon's", "Nice"]));
}

#[test]
fn the_next_command_asks_another_model_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let task = capitals("capitals.yaml");
    let mut command = evaluated(folder.path(), &task);
    let output = command.output().unwrap();
    let talk = String::from_utf8_lossy(&output.stderr).into_owned();
    let next = talk
        .lines()
        .find(|line| line.starts_with("next: "))
        .unwrap();
    assert!(
        next.ends_with(&format!("evaluate --model smollm2-1.7b --tasks {task}")),
        "{talk}"
    );
}
