//! LightEval's selection `balanced`, which is what it does where a task names none.

use super::python_random::PythonRandom;
use crate::doc::Doc;
use std::collections::BTreeMap;

/// All of `pool` in the order in which LightEval 0.13 draws it (`FewShotSampler._init_fewshot_sampling_balanced`).
///
/// Questions are grouped by the text of their right answer, the largest groups first, groups of one size shuffled; then
/// one question after the other is drawn at random from the groups in turn. LightEval stops after one more than it was
/// asked for, so its examples are the first ones here.
pub(super) fn order<'a>(pool: impl Iterator<Item = &'a Doc>, seed: u64) -> Vec<&'a Doc> {
    let mut random = PythonRandom::new(seed);
    let mut groups = groups(pool, &mut random);
    let mut order = Vec::new();
    while !groups.is_empty() {
        for group in &mut groups {
            order.push(group.remove(random.below(group.len())));
        }
        groups.retain(|group| !group.is_empty());
    }
    order
}

/// Questions with the same right answer, in the order in which the groups have their turn.
fn groups<'a>(pool: impl Iterator<Item = &'a Doc>, random: &mut PythonRandom) -> Vec<Vec<&'a Doc>> {
    // Rust and Python sort texts alike: by code points.
    let mut by_answer = BTreeMap::<&str, Vec<&Doc>>::new();
    for doc in pool {
        by_answer.entry(doc.right_answer()).or_default().push(doc);
    }
    let mut by_size = BTreeMap::<usize, Vec<Vec<&Doc>>>::new();
    for group in by_answer.into_values() {
        by_size.entry(group.len()).or_default().push(group);
    }
    let mut in_turn = Vec::new();
    for mut groups in by_size.into_values().rev() {
        random.shuffle(&mut groups);
        in_turn.extend(groups);
    }
    in_turn
}
