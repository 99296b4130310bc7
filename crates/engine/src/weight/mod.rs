//! Weight matrices: how they are kept, and products with them.
//!
//! A weight is either packed once when it is loaded, into f32 [panels](product), or it stays in the mapped file and
//! its panels are widened whenever they are used: slower for a few tokens, hardly for a thousand, and a model in bf16
//! takes no more memory than its file.

mod product;

use crate::checkpoint::FileTensor;
use crate::math::rows::{Output, Rows, RowsMut};
use product::PANEL;
use rayon::prelude::*;

/// Panels that one task works on, if there are enough: so many stay in the cache while all rows pass.
const PANELS_PER_TASK: usize = 12;

/// Tasks for each thread, so that a thread that the system holds up leaves its tasks to the others.
const TASKS_PER_THREAD: usize = 3;

/// A matrix of `n_rows` × `width` that vectors are multiplied by.
pub(crate) struct Weight {
    n_rows: usize,
    width: usize,
    storage: Storage,
}

enum Storage {
    /// All panels, one after the other.
    Panels(Vec<f32>),
    /// Bytes of the rows.
    File(Vec<Part>),
}

/// Residence of a weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Residence {
    /// Memory, in f32.
    Memory,
    /// The file, in the file's number type.
    File,
}

/// Some consecutive rows of a tensor.
pub(crate) struct Part {
    /// The tensor.
    pub(crate) tensor: FileTensor,
    /// The first of the rows.
    pub(crate) first_row: usize,
    /// Number of them.
    pub(crate) n_rows: usize,
    /// Rows in a head whose rows lie in the order of interleaved rotary positions and have to be brought into halves.
    pub(crate) interleaved_head: Option<usize>,
}

impl Part {
    /// All rows of a tensor.
    pub(crate) fn whole(tensor: FileTensor, n_rows: usize) -> Self {
        Self {
            tensor,
            first_row: 0,
            n_rows,
            interleaved_head: None,
        }
    }

    fn widen(&self, row: usize, out: &mut [f32]) {
        let row = self
            .interleaved_head
            .map_or(row, |head_size| deinterleaved(row, head_size));
        self.tensor.widen(self.first_row + row, out);
    }
}

/// Index in the file of row `row` of the halves that [`kernels::rotate`](crate::math::kernels::rotate) expects:
/// llama.cpp's converter turns the halves of every head into pairs (0, 1), (2, 3), ….
pub(crate) fn deinterleaved(row: usize, head_size: usize) -> usize {
    let (head, row) = (row / head_size, row % head_size);
    let half = head_size / 2;
    head * head_size + 2 * (row % half) + row / half
}

impl Weight {
    /// The parts, one below the other. All are `width` wide.
    pub(crate) fn new(parts: Vec<Part>, width: usize, residence: Residence) -> Self {
        let n_rows = parts.iter().map(|part| part.n_rows).sum();
        let weight = Self {
            n_rows,
            width,
            storage: Storage::File(parts),
        };
        match residence {
            Residence::File => weight,
            Residence::Memory => weight.packed(),
        }
    }

    fn packed(self) -> Self {
        let mut panels = vec![0.0; self.n_panels() * PANEL * self.width];
        let pack = |(index, panel): (usize, &mut [f32])| self.widen_panel(index, panel);
        panels
            .par_chunks_mut(PANEL * self.width)
            .enumerate()
            .for_each(pack);
        if let Storage::File(parts) = &self.storage {
            parts.iter().for_each(|part| part.tensor.release());
        }
        Self {
            storage: Storage::Panels(panels),
            ..self
        }
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.n_rows
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Numbers in it.
    pub(crate) fn n_parameters(&self) -> usize {
        self.n_rows * self.width
    }

    /// Row `row`, as it is in the file.
    pub(crate) fn copy_row(&self, row: usize, out: &mut [f32]) {
        match &self.storage {
            Storage::Panels(panels) => {
                let panel = &panels[row / PANEL * PANEL * self.width..][..PANEL * self.width];
                let column = panel.iter().skip(row % PANEL).step_by(PANEL);
                out.iter_mut()
                    .zip(column)
                    .for_each(|(out, number)| *out = *number);
            }
            Storage::File(parts) => widen_row(parts, row, out),
        }
    }

    /// `out (+)= input · selfᵀ`, on all threads of the current pool: `input` is n × `width`, `out` n × `n_rows`.
    pub(crate) fn multiply(&self, input: Rows<'_>, out: RowsMut<'_>, output: Output) {
        assert!(
            input.width == self.width && out.width == self.n_rows && input.n == out.n,
            "the sizes agree"
        );
        let n_panels = self.panels_per_task();
        let tasks = columns(out, n_panels * PANEL);
        tasks
            .into_par_iter()
            .enumerate()
            .for_each(|(task, mut out)| {
                self.multiply_panels(task * n_panels, input, &mut out, output);
            });
    }

    /// The rows `block · height .. (block + 1) · height` of the product alone, on the calling thread: `out` is
    /// n × height, or less at the end. `height` is a multiple of the panels' height.
    pub(crate) fn multiply_block(
        &self,
        block: usize,
        height: usize,
        input: Rows<'_>,
        out: RowsMut<'_>,
    ) {
        assert!(
            height.is_multiple_of(PANEL),
            "blocks begin where panels begin"
        );
        columns(out, height).iter_mut().for_each(|out| {
            self.multiply_panels(block * height / PANEL, input, out, Output::Replace);
        });
    }

    /// The product with the panels from `first` on, as many as `out` has columns for.
    fn multiply_panels(
        &self,
        first: usize,
        input: Rows<'_>,
        out: &mut [&mut [f32]],
        output: Output,
    ) {
        let Some(n_columns) = out.first().map(|row| row.len()) else {
            return;
        };
        let length = n_columns.div_ceil(PANEL) * PANEL * self.width;
        match &self.storage {
            Storage::Panels(panels) => {
                let panels = &panels[first * PANEL * self.width..][..length];
                product::multiply(input, panels, out, output);
            }
            Storage::File(_) => {
                let mut panels = vec![0.0; length];
                let panel =
                    |(index, panel): (usize, &mut [f32])| self.widen_panel(first + index, panel);
                panels
                    .chunks_exact_mut(PANEL * self.width)
                    .enumerate()
                    .for_each(panel);
                product::multiply(input, &panels, out, output);
            }
        }
    }

    fn n_panels(&self) -> usize {
        self.n_rows.div_ceil(PANEL)
    }

    fn panels_per_task(&self) -> usize {
        let spread = self
            .n_panels()
            .div_ceil(TASKS_PER_THREAD * rayon::current_num_threads());
        spread.clamp(1, PANELS_PER_TASK)
    }

    /// Writes a panel: column j of it is row j. Columns past the last row stay as they are.
    fn widen_panel(&self, index: usize, panel: &mut [f32]) {
        let Storage::File(parts) = &self.storage else {
            unreachable!("packed panels are never packed again")
        };
        let first = index * PANEL;
        let n = PANEL.min(self.n_rows - first);
        let mut rows = vec![0.0; n * self.width];
        rows.chunks_exact_mut(self.width)
            .enumerate()
            .for_each(|(row, out)| widen_row(parts, first + row, out));
        for (column, numbers) in panel.chunks_exact_mut(PANEL).enumerate() {
            let row = rows.iter().skip(column).step_by(self.width);
            numbers
                .iter_mut()
                .zip(row)
                .for_each(|(out, number)| *out = *number);
        }
    }
}

fn widen_row(parts: &[Part], mut row: usize, out: &mut [f32]) {
    for part in parts {
        if row < part.n_rows {
            return part.widen(row, out);
        }
        row -= part.n_rows;
    }
    unreachable!("callers stay below n_rows")
}

/// The columns of `out` in groups of `n_columns`; each group as one slice a row.
fn columns(out: RowsMut<'_>, n_columns: usize) -> Vec<Vec<&mut [f32]>> {
    let RowsMut {
        data,
        n,
        width,
        stride,
    } = out;
    let mut groups: Vec<Vec<&mut [f32]>> = Vec::new();
    groups.resize_with(width.div_ceil(n_columns), || Vec::with_capacity(n));
    for row in data.chunks_mut(stride.max(1)).take(n) {
        row[..width]
            .chunks_mut(n_columns)
            .zip(&mut groups)
            .for_each(|(part, group)| group.push(part));
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::deinterleaved;

    #[test]
    fn pairs_become_halves() {
        let order: Vec<usize> = (0..8).map(|row| deinterleaved(row, 4)).collect();
        assert_eq!(order, [0, 2, 1, 3, 4, 6, 5, 7]);
    }
}
