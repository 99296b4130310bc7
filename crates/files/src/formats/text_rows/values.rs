//! Values of Arrow as JSON: texts, numbers, lists and structs of them.

use arrow_array::{Array, ArrayRef, cast::AsArray};
use arrow_cast::display::array_value_to_string;
use arrow_schema::DataType;
use serde_json::{Map, Value};

/// Values are nested no deeper.
const MAX_DEPTH: usize = 32;

/// The value of a row; null for one that is not set.
pub(super) fn value(array: &ArrayRef, row: usize, depth: usize) -> Value {
    if array.is_null(row) || depth > MAX_DEPTH {
        return Value::Null;
    }
    let all = |values: ArrayRef| {
        (0..values.len())
            .map(|row| value(&values, row, depth + 1))
            .collect()
    };
    match array.data_type() {
        DataType::List(_) => all(array.as_list::<i32>().value(row)),
        DataType::LargeList(_) => all(array.as_list::<i64>().value(row)),
        DataType::FixedSizeList(..) => all(array.as_fixed_size_list().value(row)),
        DataType::Map(..) => {
            let entries = array.as_map().value(row);
            let (keys, values) = (entries.column(0), entries.column(1));
            let entry = |row| (shown(keys, row), value(values, row, depth + 1));
            Value::Object((0..entries.len()).map(entry).collect())
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            let field = |(name, column): (&String, &ArrayRef)| {
                (name.clone(), value(column, row, depth + 1))
            };
            let fields = fields.iter().map(|field| field.name()).zip(columns);
            Value::Object(fields.map(field).collect::<Map<_, _>>())
        }
        _ => Value::String(shown(array, row)),
    }
}

fn shown(array: &ArrayRef, row: usize) -> String {
    array_value_to_string(array, row).unwrap_or_default()
}
