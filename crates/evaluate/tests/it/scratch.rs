#[test]
fn scratch() {
    use crate::{exam, scorers::Hashing, settings};
    let mut items = exam(6).items;
    items[1].question = "refuse".to_owned();
    let _ = std::fs::remove_dir_all("/tmp/ev-scratch");
    examen_evaluate::run(&settings(std::path::Path::new("/tmp/ev-scratch")), &examen_evaluate::Exam::new("x", items), &Hashing::new(), &examen_core::Silent).unwrap();
}
