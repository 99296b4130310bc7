//! All sequences of a run as one token tree: what begins alike is there once.

use super::sequence::Sequence;

/// A compressed trie of token sequences. Children come after their parent in `nodes`; the root is the first.
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
}

/// Tokens that the same sequences share.
#[derive(Debug, PartialEq)]
pub(super) struct Node {
    /// Its tokens. Only the root may have none.
    pub(super) tokens: Vec<u32>,
    /// Tokens that its rows have to predict.
    pub(super) wants: Vec<Want>,
    /// Numbers of the nodes that continue it.
    pub(super) children: Vec<usize>,
    /// Its tokens and those of all nodes below it.
    pub(super) n_tokens_below: usize,
}

/// A log-probability that somebody waits for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Want {
    /// The row of the node that predicts it.
    pub(super) row: usize,
    /// The token whose probability is wanted.
    pub(super) token: u32,
    /// Index of the sequence.
    pub(super) sequence: usize,
    /// Its index among the sequence's targets.
    pub(super) target: usize,
}

/// Sequences that share their first tokens and hang below a node.
struct Branch {
    sequences: std::ops::Range<usize>,
    depth: usize,
    parent: Option<usize>,
}

impl Tree {
    /// Builds it from sorted sequences, without recursion: a branch is as deep as its sequences are long.
    pub(super) fn new(sequences: &[&Sequence]) -> Self {
        let mut order: Vec<usize> = (0..sequences.len()).collect();
        order.sort_by(|&a, &b| sequences[a].tokens.cmp(&sequences[b].tokens));
        let mut tree = Self { nodes: Vec::new() };
        let mut open = vec![Branch {
            sequences: 0..order.len(),
            depth: 0,
            parent: None,
        }];
        while let Some(branch) = open.pop() {
            let node = tree.nodes.len();
            if let Some(parent) = branch.parent {
                tree.nodes[parent].children.push(node);
            }
            let members = &order[branch.sequences.clone()];
            let end = tree.push(sequences, members, branch.depth);
            let first = branch.sequences.start;
            let children = split(sequences, members, end)
                .into_iter()
                .map(|range| Branch {
                    sequences: first + range.start..first + range.end,
                    depth: end,
                    parent: Some(node),
                });
            // The last in is the first out: reversed, the nodes follow the order of the sorted sequences.
            open.extend(children.collect::<Vec<_>>().into_iter().rev());
        }
        tree.count();
        tree
    }

    /// Adds the node of what all members share from `depth` on. Returns where that ends.
    fn push(&mut self, sequences: &[&Sequence], members: &[usize], depth: usize) -> usize {
        let tokens = |member: Option<&usize>| {
            member.map_or(&[][..], |&index| &sequences[index].tokens[depth..])
        };
        let (first, last) = (tokens(members.first()), tokens(members.last()));
        let n_shared = first.iter().zip(last).take_while(|(a, b)| a == b).count();
        let rows = depth..depth + n_shared;
        let wants = members
            .iter()
            .flat_map(|&index| wants(sequences[index], index, &rows))
            .collect();
        let node = Node {
            tokens: first[..n_shared].to_vec(),
            wants,
            children: Vec::new(),
            n_tokens_below: n_shared,
        };
        self.nodes.push(node);
        rows.end
    }

    fn count(&mut self) {
        for node in (0..self.nodes.len()).rev() {
            let below: usize = self.nodes[node]
                .children
                .iter()
                .map(|&child| self.nodes[child].n_tokens_below)
                .sum();
            self.nodes[node].n_tokens_below += below;
        }
    }
}

/// The targets of a sequence that rows `rows` predict.
fn wants<'a>(
    sequence: &'a Sequence,
    index: usize,
    rows: &std::ops::Range<usize>,
) -> impl Iterator<Item = Want> + use<'a> {
    let first_row = sequence.first_row();
    let start = rows.start;
    let predicting = rows.start.max(first_row)..rows.end.max(first_row);
    predicting.map(move |row| {
        let target = row - first_row;
        Want {
            row: row - start,
            token: sequence.targets[target],
            sequence: index,
            target,
        }
    })
}

/// Runs of members that have the same token at `depth`; members that end there are in none.
fn split(sequences: &[&Sequence], members: &[usize], depth: usize) -> Vec<std::ops::Range<usize>> {
    let token = |&index: &usize| sequences[index].tokens.get(depth);
    let mut start = members
        .iter()
        .take_while(|member| token(member).is_none())
        .count();
    let mut ranges = Vec::new();
    for run in members[start..].chunk_by(|a, b| token(a) == token(b)) {
        ranges.push(start..start + run.len());
        start += run.len();
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequence(tokens: &[u32], n_targets: usize, last: u32) -> Sequence {
        let mut targets = tokens[tokens.len() + 1 - n_targets..].to_vec();
        targets.push(last);
        Sequence {
            tokens: tokens.to_vec(),
            targets,
            continuation: 0,
        }
    }

    /// Follows each sequence through the tree and collects what is wanted of it.
    fn check(sequences: &[Sequence]) {
        let tree = Tree::new(&sequences.iter().collect::<Vec<_>>());
        let mut found = vec![Vec::new(); sequences.len()];
        let mut open = vec![(0, Vec::new())];
        while let Some((node, path)) = open.pop() {
            let path: Vec<u32> = [path, tree.nodes[node].tokens.clone()].concat();
            let depth = path.len() - tree.nodes[node].tokens.len();
            for want in &tree.nodes[node].wants {
                let row = depth + want.row;
                let sequence = &sequences[want.sequence];
                assert_eq!(path[..=row], sequence.tokens[..=row]);
                assert_eq!(row, sequence.first_row() + want.target);
                assert_eq!(want.token, sequence.targets[want.target]);
                found[want.sequence].push(want.target);
            }
            open.extend(
                tree.nodes[node]
                    .children
                    .iter()
                    .map(|&child| (child, path.clone())),
            );
        }
        for (mut found, sequence) in found.into_iter().zip(sequences) {
            found.sort_unstable();
            assert_eq!(found, (0..sequence.targets.len()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn every_target_is_wanted_once_at_its_row() {
        check(&[
            sequence(&[1, 2, 3, 4], 2, 9),
            sequence(&[1, 2, 3, 5], 2, 9),
            sequence(&[1, 2, 7], 1, 8),
        ]);
        check(&[
            sequence(&[1], 1, 2),
            sequence(&[1, 2], 2, 3),
            sequence(&[1, 2, 3], 3, 4),
            sequence(&[1, 2], 2, 3),
        ]);
        check(&[sequence(&[5], 1, 2), sequence(&[6], 1, 2)]);
        check(&[]);
    }

    #[test]
    fn shared_tokens_are_counted_once() {
        let sequences = [
            sequence(&[1, 2, 3, 4], 1, 9),
            sequence(&[1, 2, 3, 5], 1, 9),
            sequence(&[1, 2], 1, 9),
        ];
        let tree = Tree::new(&sequences.iter().collect::<Vec<_>>());
        assert_eq!(tree.nodes[0].n_tokens_below, 5);
        assert_eq!(tree.nodes[0].tokens, [1, 2]);
    }

    #[test]
    fn a_long_chain_of_prefixes_does_not_recurse() {
        let sequences: Vec<Sequence> = (1..3000).map(|n| sequence(&vec![7; n], 1, 8)).collect();
        let tree = Tree::new(&sequences.iter().collect::<Vec<_>>());
        assert_eq!(tree.nodes[0].n_tokens_below, 2999);
    }
}
