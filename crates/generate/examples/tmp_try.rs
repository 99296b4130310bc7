//! throwaway
use examen_generate::{Settings, run};
use examen_llm::backends::{OpenAiCompatible, OpenAiOptions};
use std::sync::Arc;
struct P;
impl examen_core::Progress for P {
    fn begin(&self, w: &str, t: u64) {
        println!("begin {w} {t}");
    }
    fn advance(&self, _: u64) {}
    fn note(&self, _: &str) {}
    fn end(&self) {
        println!("end");
    }
}
#[tokio::main]
async fn main() {
    let a: Vec<String> = std::env::args().collect();
    let model = OpenAiCompatible::new(OpenAiOptions::new(&*a[1], "fake")).unwrap();
    let mut s = Settings::new(&*a[2], &*a[3]);
    s.concurrency = a[4].parse().unwrap();
    if let Some(m) = a.get(5) {
        s.max_questions = Some(m.parse().unwrap());
    }
    let t = std::time::Instant::now();
    let r = run(&s, Arc::new(model), &P).await;
    println!(
        "{:?} after {:?}",
        r.as_ref().map(|r| examen_generate::Summary { files: vec![], ..r.clone() }),
        t.elapsed()
    );
    if let Err(e) = r {
        println!("error: {e}\nhint: {:?}", e.hint());
    }
}
