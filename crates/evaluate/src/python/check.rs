//! Whether a function is likely to be evaluated here, told without rows: every name, module and method that it uses is known.

use super::{
    builtins,
    error::{PythonError, Result},
    evaluator::Module,
    syntax::{Argument, Expression, Function, Piece, Statement},
    value::{Scope, Value},
};
use std::{collections::BTreeSet, rc::Rc};

/// Methods and attributes that are known of some kind of value.
const METHODS: [&str; 66] = [
    "strip",
    "lstrip",
    "rstrip",
    "lower",
    "casefold",
    "upper",
    "capitalize",
    "title",
    "isdigit",
    "isalpha",
    "isalnum",
    "isspace",
    "isupper",
    "islower",
    "startswith",
    "endswith",
    "removeprefix",
    "removesuffix",
    "replace",
    "split",
    "rsplit",
    "splitlines",
    "partition",
    "rpartition",
    "join",
    "find",
    "rfind",
    "index",
    "count",
    "format",
    "zfill",
    "append",
    "extend",
    "insert",
    "pop",
    "remove",
    "reverse",
    "copy",
    "sort",
    "get",
    "keys",
    "values",
    "items",
    "setdefault",
    "update",
    "map",
    "filter",
    "select",
    "rename_column",
    "remove_columns",
    "to_list",
    "column_names",
    "features",
    "num_rows",
    "resolve",
    "absolute",
    "open",
    "parent",
    "name",
    "stem",
    "from_list",
    "from_dict",
    "literal_eval",
    "load",
    "loads",
    "sub",
];
/// Modules of which some functions are known.
const MODULES: [&str; 13] = [
    "ast",
    "json",
    "functools",
    "pathlib",
    "string",
    "re",
    "copy",
    "collections",
    "datasets",
    "logging",
    "warnings",
    "typing",
    "lm_eval",
];
const FUNCTIONS: [&str; 12] = [
    "ast.literal_eval",
    "json.load",
    "json.loads",
    "functools.partial",
    "pathlib.Path",
    "re.sub",
    "copy.deepcopy",
    "copy.copy",
    "collections.OrderedDict",
    "datasets.Dataset",
    "datasets.Dataset.from_list",
    "datasets.Dataset.from_dict",
];

impl Module {
    /// Looks through a function and those that it calls.
    ///
    /// # Errors
    /// What it uses that is not evaluated here.
    pub(crate) fn check(&self, name: &str) -> Result<()> {
        let function = self.scope().get(name);
        let function = function.ok_or_else(|| {
            PythonError::raised("AttributeError", format!("no function '{name}'"))
        })?;
        Check::default().value(&function)
    }
}

#[derive(Default)]
struct Check {
    seen: BTreeSet<String>,
    depth: usize,
}

/// The names that a function sees.
#[derive(Clone, Copy)]
struct Sight<'a> {
    scope: &'a Rc<Scope>,
    locals: &'a BTreeSet<String>,
}

impl Check {
    fn value(&mut self, value: &Value) -> Result<()> {
        match value {
            Value::Unknown(reason) => Err(PythonError::unsupported(reason.as_ref())),
            Value::Module(name) if is_known(name) => Ok(()),
            Value::Module(name) => Err(PythonError::unsupported(name.as_ref())),
            Value::Partial(partial) => self.value(&partial.function),
            Value::Function(closure) => {
                self.function(&closure.definition, &closure.scope, &BTreeSet::new())
            }
            _ => Ok(()),
        }
    }

    fn function(
        &mut self,
        function: &Function,
        scope: &Rc<Scope>,
        outer: &BTreeSet<String>,
    ) -> Result<()> {
        if self.depth > 20
            || !self
                .seen
                .insert(format!("{} {:p}", function.name, function))
        {
            return Ok(());
        }
        let mut locals = outer.clone();
        locals.extend(
            function
                .parameters
                .iter()
                .map(|parameter| parameter.name.clone()),
        );
        locals.extend(
            function
                .takes_rest
                .iter()
                .chain(&function.takes_named)
                .cloned(),
        );
        bound(&function.body, &mut locals);
        self.depth += 1;
        let sight = Sight {
            scope,
            locals: &locals,
        };
        let checked = self.statements(&function.body, sight);
        self.depth -= 1;
        checked
    }

    fn statements(&mut self, statements: &[Statement], sight: Sight<'_>) -> Result<()> {
        statements
            .iter()
            .try_for_each(|statement| self.statement(statement, sight))
    }

    fn statement(&mut self, statement: &Statement, sight: Sight<'_>) -> Result<()> {
        match statement {
            Statement::Expression(value) | Statement::Return(Some(value)) => {
                self.expression(value, sight)
            }
            Statement::Assign(targets, value) => {
                self.expression(value, sight)?;
                self.expressions(targets, sight)
            }
            Statement::Augment(target, _, value) => {
                self.expression(target, sight)?;
                self.expression(value, sight)
            }
            Statement::If(branches, otherwise) => {
                for (test, body) in branches {
                    self.expression(test, sight)?;
                    self.statements(body, sight)?;
                }
                self.statements(otherwise, sight)
            }
            Statement::For {
                iterable,
                body,
                otherwise,
                ..
            } => {
                self.expression(iterable, sight)?;
                self.statements(body, sight)?;
                self.statements(otherwise, sight)
            }
            Statement::While(value, body) | Statement::With(value, _, body) => {
                self.expression(value, sight)?;
                self.statements(body, sight)
            }
            Statement::Try {
                body,
                handlers,
                otherwise,
                finally,
            } => {
                let handlers = handlers.iter().map(|(.., body)| body);
                let mut parts = [body, otherwise, finally].into_iter().chain(handlers);
                parts.try_for_each(|part| self.statements(part, sight))
            }
            Statement::Define(function) => self.function(function, sight.scope, sight.locals),
            Statement::Assert(test, _) => self.expression(test, sight),
            Statement::Delete(targets) => self.expressions(targets, sight),
            Statement::Import(names) => names.iter().try_for_each(|(_, module)| import(module)),
            Statement::Unknown(_, reason) => Err(PythonError::unsupported(reason)),
            Statement::Return(None)
            | Statement::Raise(_)
            | Statement::Pass
            | Statement::Break
            | Statement::Continue => Ok(()),
        }
    }

    fn expressions(&mut self, expressions: &[Expression], sight: Sight<'_>) -> Result<()> {
        expressions
            .iter()
            .try_for_each(|expression| self.expression(expression, sight))
    }

    fn expression(&mut self, expression: &Expression, sight: Sight<'_>) -> Result<()> {
        match expression {
            Expression::Name(name) => self.name(name, sight),
            Expression::Attribute(value, name) => self.attribute(value, name, sight),
            Expression::Lambda(function) => self.function(function, sight.scope, sight.locals),
            Expression::Comprehension(comprehension) => {
                let mut locals = sight.locals.clone();
                for clause in &comprehension.clauses {
                    names(&clause.target, &mut locals);
                }
                let inner = Sight {
                    locals: &locals,
                    ..sight
                };
                for clause in &comprehension.clauses {
                    self.expression(&clause.iterable, inner)?;
                    clause
                        .conditions
                        .iter()
                        .try_for_each(|condition| self.expression(condition, inner))?;
                }
                let parts = [Some(&comprehension.element), comprehension.value.as_ref()];
                parts
                    .into_iter()
                    .flatten()
                    .try_for_each(|part| self.expression(part, inner))
            }
            Expression::Format(pieces) => self.pieces(pieces, sight),
            other => parts(other)
                .into_iter()
                .try_for_each(|part| self.expression(part, sight)),
        }
    }

    fn pieces(&mut self, pieces: &[Piece], sight: Sight<'_>) -> Result<()> {
        pieces.iter().try_for_each(|piece| match piece {
            Piece::Text(_) => Ok(()),
            Piece::Value { value, format, .. } => {
                self.expression(value, sight)?;
                self.pieces(format, sight)
            }
        })
    }

    fn name(&mut self, name: &str, sight: Sight<'_>) -> Result<()> {
        if sight.locals.contains(name) || name == "globals" {
            return Ok(());
        }
        match sight.scope.get(name) {
            Some(value) => self.value(&value),
            None if builtins::is_known(name) => Ok(()),
            None => Err(PythonError::unsupported(format!("the name `{name}`"))),
        }
    }

    fn attribute(&mut self, value: &Expression, name: &str, sight: Sight<'_>) -> Result<()> {
        if let Some(Value::Module(module)) = module_of(value, sight) {
            let whole = format!("{module}.{name}");
            return match is_known(&whole) {
                true => Ok(()),
                false => Err(PythonError::unsupported(whole)),
            };
        }
        self.expression(value, sight)?;
        match METHODS.contains(&name) {
            true => Ok(()),
            false => Err(PythonError::unsupported(format!("`.{name}`"))),
        }
    }
}

/// The module that an expression names, if it names one.
fn module_of(expression: &Expression, sight: Sight<'_>) -> Option<Value> {
    match expression {
        Expression::Name(name) if !sight.locals.contains(name) => match sight.scope.get(name)? {
            module @ Value::Module(_) => Some(module),
            _ => None,
        },
        Expression::Attribute(value, name) => match module_of(value, sight)? {
            Value::Module(module) => Some(Value::Module(format!("{module}.{name}").into())),
            _ => None,
        },
        _ => None,
    }
}

fn is_known(name: &str) -> bool {
    let is_part = FUNCTIONS.iter().any(|known| {
        *known == name
            || known
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('.'))
    });
    is_part
        || ["logging", "warnings", "string", "lm_eval.utils.eval_logger"]
            .iter()
            .any(|talk| name.starts_with(talk))
}

/// The parts of an expression that bind no names.
fn parts(expression: &Expression) -> Vec<&Expression> {
    match expression {
        Expression::List(all)
        | Expression::Tuple(all)
        | Expression::Set(all)
        | Expression::And(all)
        | Expression::Or(all) => all.iter().collect(),
        Expression::Dict(pairs) => pairs
            .iter()
            .flat_map(|(key, value)| key.iter().chain([value]))
            .collect(),
        Expression::Not(value) | Expression::Negate(value) => vec![value],
        Expression::Binary(_, sides) | Expression::Index(sides) => vec![&sides.0, &sides.1],
        Expression::Compare(first, rest) => std::iter::once(&**first)
            .chain(rest.iter().map(|(_, value)| value))
            .collect(),
        Expression::Conditional(parts) => vec![&parts.0, &parts.1, &parts.2],
        Expression::Call(function, arguments) => {
            let arguments = arguments.iter().map(|argument| match argument {
                Argument::Positional(value)
                | Argument::Named(_, value)
                | Argument::Unpacked(value)
                | Argument::UnpackedNamed(value) => value,
            });
            std::iter::once(&**function).chain(arguments).collect()
        }
        Expression::Slice(value, bounds) => std::iter::once(&**value)
            .chain(bounds.iter().flatten().map(|bound| &**bound))
            .collect(),
        _ => Vec::new(),
    }
}

/// Names that statements bind.
fn bound(statements: &[Statement], locals: &mut BTreeSet<String>) {
    for statement in statements {
        match statement {
            Statement::Assign(targets, _) => {
                targets.iter().for_each(|target| names(target, locals))
            }
            Statement::Augment(target, ..) => names(target, locals),
            Statement::If(branches, otherwise) => {
                branches.iter().for_each(|(_, body)| bound(body, locals));
                bound(otherwise, locals);
            }
            Statement::For {
                target,
                body,
                otherwise,
                ..
            } => {
                names(target, locals);
                bound(body, locals);
                bound(otherwise, locals);
            }
            Statement::While(_, body) => bound(body, locals),
            Statement::With(_, target, body) => {
                target.iter().for_each(|target| names(target, locals));
                bound(body, locals);
            }
            Statement::Try {
                body,
                handlers,
                otherwise,
                finally,
            } => {
                for (_, name, body) in handlers {
                    locals.extend(name.clone());
                    bound(body, locals);
                }
                [body, otherwise, finally]
                    .into_iter()
                    .for_each(|part| bound(part, locals));
            }
            Statement::Define(function) => {
                locals.insert(function.name.clone());
            }
            Statement::Import(all) => locals.extend(all.iter().map(|(name, _)| name.clone())),
            Statement::Unknown(name, _) => {
                locals.insert(name.clone());
            }
            _ => {}
        }
    }
}

fn names(target: &Expression, locals: &mut BTreeSet<String>) {
    match target {
        Expression::Name(name) => {
            locals.insert(name.clone());
        }
        Expression::Tuple(all) | Expression::List(all) => {
            all.iter().for_each(|one| names(one, locals))
        }
        _ => {}
    }
}

/// Refuses a module that is not known here.
fn import(module: &str) -> Result<()> {
    let first = module.split('.').next().unwrap_or_default();
    match MODULES.contains(&first) {
        true => Ok(()),
        false => Err(PythonError::unsupported(format!("`import {module}`"))),
    }
}
