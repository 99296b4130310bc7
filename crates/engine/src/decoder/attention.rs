//! Attention over packed segments, with no mask in memory.
//!
//! Each segment meets, in this order: the kept blocks of its history, its ancestors in the pack, itself up to the
//! diagonal. A kept block that several segments share is met by all their queries in one large product per head
//! (cascade attention, Ye et al. 2024); partial results are merged by their running maximum and sum (online softmax,
//! Milakov and Gimelshein 2018). Work is cut into tasks of a bounded number of queries, so that memory does not grow
//! with the segments.

use super::pack::{KvBlock, Pack, Segment};
use crate::math::kernels;
use crate::math::matrix::{Matrix, multiply, multiply_transposed};
use crate::math::rows::{Output, Rows, RowsMut};
use crate::models::config::Config;
use rayon::prelude::*;
use std::collections::HashMap;
use std::ops::Range;

/// Tokens whose queries one task handles.
const TOKENS_PER_TASK: usize = 64;

/// Up to this many query rows, plain loops beat a matrix product, which packs its inputs first.
const FEW_ROWS: usize = 8;

/// Work of one layer: the scores that have to be computed.
pub(crate) struct Plan<'a> {
    pack: &'a Pack<'a>,
    config: &'a Config,
    /// Positions of the longest sequence in the pack.
    longest: usize,
    /// Schedule of layers where every token sees all before it.
    whole: Schedule<'a>,
    /// Schedule of layers with a window that matters here. It cuts each query's view at another position, so that a
    /// shared product would need a mask.
    windowed: Option<Schedule<'a>>,
}

/// The tasks of a layer.
struct Schedule<'a> {
    tasks: Vec<Task<'a>>,
    /// Number of blocks of each segment's history that are handled by shared tasks.
    n_shared: Vec<usize>,
}

/// One task for each key and value head.
enum Task<'a> {
    /// Rows of the pack against a block that all of them continue.
    Shared {
        block: &'a KvBlock,
        rows: Vec<usize>,
    },
    /// Some tokens of a segment, counted from its start, against everything else that they see.
    Own {
        segment: usize,
        tokens: Range<usize>,
    },
}

/// The plan at one layer.
pub(crate) struct LayerPlan<'a> {
    plan: &'a Plan<'a>,
    schedule: &'a Schedule<'a>,
    layer: usize,
    /// Positions that a token sees back from itself, itself included.
    window: Option<usize>,
}

impl<'a> Plan<'a> {
    pub(crate) fn new(pack: &'a Pack<'a>, config: &'a Config) -> Self {
        let segments = pack.segments();
        let longest = segments
            .iter()
            .map(|segment| segment.position + segment.length)
            .max()
            .unwrap_or(0);
        let whole = Schedule::new(segments, shared_blocks(segments));
        let is_cut = config
            .windows
            .iter()
            .flatten()
            .any(|&window| window < longest);
        let windowed = is_cut.then(|| Schedule::new(segments, vec![0; segments.len()]));
        Self {
            pack,
            config,
            longest,
            whole,
            windowed,
        }
    }

    pub(crate) fn layer(&'a self, layer: usize) -> LayerPlan<'a> {
        // A window that no sequence outgrows is none.
        let window = self.config.windows[layer].filter(|&window| window < self.longest);
        let schedule = self
            .windowed
            .as_ref()
            .filter(|_| window.is_some())
            .unwrap_or(&self.whole);
        LayerPlan {
            plan: self,
            schedule,
            layer,
            window,
        }
    }
}

impl<'a> Schedule<'a> {
    fn new(segments: &[Segment<'a>], n_shared: Vec<usize>) -> Self {
        let mut tasks = shared_tasks(segments, &n_shared);
        for (index, segment) in segments.iter().enumerate() {
            let own = (0..segment.length)
                .step_by(TOKENS_PER_TASK)
                .map(|first| Task::Own {
                    segment: index,
                    tokens: first..segment.length.min(first + TOKENS_PER_TASK),
                });
            tasks.extend(own);
        }
        Self { tasks, n_shared }
    }
}

/// Length of the longest beginning of each segment's history in which every block has another user.
fn shared_blocks(segments: &[Segment<'_>]) -> Vec<usize> {
    let mut users = HashMap::<*const KvBlock, usize>::new();
    for block in segments.iter().flat_map(|segment| &segment.history) {
        *users.entry(block.identity()).or_default() += 1;
    }
    let is_shared = |block: &&&KvBlock| users[&block.identity()] > 1;
    segments
        .iter()
        .map(|segment| segment.history.iter().take_while(is_shared).count())
        .collect()
}

fn shared_tasks<'a>(segments: &[Segment<'a>], n_shared: &[usize]) -> Vec<Task<'a>> {
    let mut order: Vec<(&'a KvBlock, Vec<usize>)> = Vec::new();
    let mut indices = HashMap::new();
    for (segment, &n) in segments.iter().zip(n_shared) {
        for &block in &segment.history[..n] {
            let index = *indices.entry(block.identity()).or_insert_with(|| {
                order.push((block, Vec::new()));
                order.len() - 1
            });
            order[index]
                .1
                .extend(segment.start..segment.start + segment.length);
        }
    }
    let chunks = |(block, rows): (&'a KvBlock, Vec<usize>)| {
        let chunks: Vec<_> = rows
            .chunks(TOKENS_PER_TASK)
            .map(<[usize]>::to_vec)
            .collect();
        chunks
            .into_iter()
            .map(move |rows| Task::Shared { block, rows })
    };
    order.into_iter().flat_map(chunks).collect()
}

/// Softmax-weighted values before normalisation, for some rows of one key and value head: a row a token and query head.
struct Partial {
    /// Σ exp(score − max) · value.
    sums: Matrix,
    /// The largest score.
    max: Vec<f32>,
    /// Σ exp(score − max).
    weight: Vec<f32>,
}

/// Computes one layer's attention: `attended` gets a row a token, all query heads in it.
pub(super) fn attend(plan: &LayerPlan<'_>, qkv: &Matrix, attended: &mut Matrix) {
    let _span = tracing::trace_span!("attention").entered();
    let config = plan.plan.config;
    let work: Vec<(&Task<'_>, usize)> = plan
        .schedule
        .tasks
        .iter()
        .flat_map(|task| (0..config.n_kv_heads).map(move |head| (task, head)))
        .collect();
    let partials: Vec<Partial> = work
        .par_iter()
        .map(|&(task, head)| plan.run(task, head, qkv))
        .collect();
    let mut merged = Merged::new(attended, config);
    for ((task, head), partial) in work.into_iter().zip(&partials) {
        plan.plan.for_each_row(task, |row_of_partial, token| {
            merged.add(token, head, row_of_partial, partial)
        });
    }
    merged.normalise();
}

impl Plan<'_> {
    /// Calls back with the number of each of a task's tokens in the task and in the pack.
    fn for_each_row(&self, task: &Task<'_>, mut call: impl FnMut(usize, usize)) {
        match task {
            Task::Shared { rows, .. } => rows
                .iter()
                .enumerate()
                .for_each(|(index, &row)| call(index, row)),
            Task::Own { segment, tokens } => {
                let start = self.pack.segments()[*segment].start;
                tokens
                    .clone()
                    .enumerate()
                    .for_each(|(index, token)| call(index, start + token));
            }
        }
    }
}

impl LayerPlan<'_> {
    fn run(&self, task: &Task<'_>, head: usize, qkv: &Matrix) -> Partial {
        let config = self.plan.config;
        match task {
            Task::Shared { block, rows } => {
                let queries = self.queries(rows.iter().copied(), rows.len(), head, qkv);
                let span = (
                    block.keys(self.layer, head, config),
                    block.values(self.layer, head, config),
                );
                let everything = |_| 0..block.length();
                partial(&queries, &[span], config.attention_cap, everything)
            }
            Task::Own { segment, tokens } => self.run_own(*segment, tokens, head, qkv),
        }
    }

    fn run_own(&self, index: usize, tokens: &Range<usize>, head: usize, qkv: &Matrix) -> Partial {
        let Plan { pack, config, .. } = *self.plan;
        let segment = &pack.segments()[index];
        let first = segment.start + tokens.start;
        let queries = self.queries(first..segment.start + tokens.end, tokens.len(), head, qkv);
        let kept = segment.history[self.schedule.n_shared[index]..].iter();
        let kept = kept.map(|block| {
            (
                block.keys(self.layer, head, config),
                block.values(self.layer, head, config),
            )
        });
        let ancestors = pack.ancestors(index).into_iter().map(|ancestor| {
            let ancestor = &pack.segments()[ancestor];
            pack_rows(qkv, ancestor.start, ancestor.length, head, config)
        });
        let itself = pack_rows(qkv, segment.start, tokens.end, head, config);
        let spans: Vec<_> = kept.chain(ancestors).chain([itself]).collect();

        let n_seen: usize = spans.iter().map(|(keys, _)| keys.n).sum();
        let group = config.group();
        let window = self.window.unwrap_or(usize::MAX);
        partial(&queries, &spans, config.attention_cap, |row| {
            let end = n_seen - (tokens.len() - 1 - row / group);
            end.saturating_sub(window)..end
        })
    }

    /// The queries of some tokens for one key and value head, scaled as the model asks.
    fn queries(
        &self,
        tokens: impl Iterator<Item = usize>,
        n: usize,
        head: usize,
        qkv: &Matrix,
    ) -> Matrix {
        let config = self.plan.config;
        let width = config.group() * config.head_size;
        let mut data = Vec::with_capacity(n * width);
        tokens.for_each(|token| data.extend_from_slice(&qkv.row(token)[head * width..][..width]));
        kernels::scale(&mut data, config.query_scale);
        Matrix::new(n * config.group(), config.head_size, data)
    }
}

/// Keys and values of one head.
type Span<'a> = (Rows<'a>, Rows<'a>);

fn pack_rows<'a>(
    qkv: &'a Matrix,
    start: usize,
    n: usize,
    head: usize,
    config: &Config,
) -> Span<'a> {
    let row = &qkv.data[start * qkv.width..];
    let keys = config.query_width() + head * config.head_size;
    let rows = |offset: usize| Rows::new(&row[offset..], n, config.head_size, qkv.width);
    (rows(keys), rows(keys + config.kv_width()))
}

/// Attention of the query rows over the spans, one after the other; row r sees the columns `visible(r)` of them.
fn partial(
    queries: &Matrix,
    spans: &[Span<'_>],
    cap: Option<f32>,
    visible: impl Fn(usize) -> Range<usize>,
) -> Partial {
    let n_columns: usize = spans.iter().map(|(keys, _)| keys.n).sum();
    let mut scores = Matrix::zeros(queries.n_rows, n_columns);
    let mut first = 0;
    for (keys, _) in spans {
        score(queries, *keys, &mut scores, first);
        first += keys.n;
    }
    let (mut max, mut weight) = (
        Vec::with_capacity(queries.n_rows),
        Vec::with_capacity(queries.n_rows),
    );
    for (row, scores) in scores.data.chunks_exact_mut(n_columns).enumerate() {
        let seen = visible(row);
        scores[..seen.start].fill(0.0);
        scores[seen.end..].fill(0.0);
        let scores = &mut scores[seen];
        if let Some(cap) = cap {
            kernels::soft_cap(scores, cap);
        }
        let largest = kernels::max(scores);
        max.push(largest);
        weight.push(kernels::exp_in_place(scores, largest));
    }
    let mut sums = Matrix::zeros(queries.n_rows, queries.width);
    let mut first = 0;
    for (_, values) in spans {
        add_values(&scores, first, *values, &mut sums);
        first += values.n;
    }
    Partial { sums, max, weight }
}

/// `scores[.., first ..] = queries · keysᵀ`.
fn score(queries: &Matrix, keys: Rows<'_>, scores: &mut Matrix, first: usize) {
    let stride = scores.width;
    if queries.n_rows <= FEW_ROWS {
        kernels::dot_rows(queries.view(), keys, &mut scores.data[first..], stride);
    } else {
        let out = RowsMut::new(&mut scores.data[first..], queries.n_rows, keys.n, stride);
        multiply_transposed(out, queries.view(), keys, Output::Replace);
    }
}

/// `sums += scores[.., first ..] · values`.
fn add_values(scores: &Matrix, first: usize, values: Rows<'_>, sums: &mut Matrix) {
    let weights = Rows::new(&scores.data[first..], scores.n_rows, values.n, scores.width);
    if scores.n_rows <= FEW_ROWS {
        let mut out = sums.view_mut();
        (0..weights.n)
            .for_each(|row| kernels::add_weighted_rows(weights.row(row), values, out.row(row)));
    } else {
        multiply(sums.view_mut(), weights, values, Output::Add);
    }
}

/// Results of several tasks for the same rows, on their way to one.
struct Merged<'a> {
    attended: &'a mut Matrix,
    /// A number a token and query head, in the order of `attended`.
    max: Vec<f32>,
    weight: Vec<f32>,
    group: usize,
    head_size: usize,
}

impl<'a> Merged<'a> {
    fn new(attended: &'a mut Matrix, config: &Config) -> Self {
        attended.data.fill(0.0);
        let n = attended.n_rows * config.n_heads;
        let (max, weight) = (vec![f32::NEG_INFINITY; n], vec![0.0; n]);
        Self {
            attended,
            max,
            weight,
            group: config.group(),
            head_size: config.head_size,
        }
    }

    fn add(&mut self, token: usize, kv_head: usize, row_of_partial: usize, partial: &Partial) {
        let n_heads = self.attended.width / self.head_size;
        for query in 0..self.group {
            let (from, to) = (
                row_of_partial * self.group + query,
                token * n_heads + kv_head * self.group + query,
            );
            let max = self.max[to].max(partial.max[from]);
            let (old, new) = ((self.max[to] - max).exp(), (partial.max[from] - max).exp());
            let out = &mut self.attended.data[to * self.head_size..][..self.head_size];
            kernels::blend(out, old, partial.sums.row(from), new);
            self.weight[to] = self.weight[to] * old + partial.weight[from] * new;
            self.max[to] = max;
        }
    }

    fn normalise(&mut self) {
        let heads = self.attended.data.chunks_exact_mut(self.head_size);
        heads
            .zip(&self.weight)
            .for_each(|(head, weight)| kernels::scale(head, 1.0 / weight));
    }
}
