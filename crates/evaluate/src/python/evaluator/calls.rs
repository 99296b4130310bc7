//! Calls: functions of the module, builtins, methods.

use super::{Evaluator, statements::Flow};
use crate::python::{
    builtins,
    error::{PythonError, Result},
    methods, modules, rows,
    syntax::{Argument, Expression, Function},
    value::{Closure, Scope, Value},
};
use std::rc::Rc;

/// Arguments with names.
pub(in crate::python) type Named = Vec<(String, Value)>;

impl Evaluator {
    pub(super) fn call_expression(
        &self,
        function: &Expression,
        arguments: &[Argument],
        scope: &Rc<Scope>,
    ) -> Result<Value> {
        if let Expression::Attribute(names, update) = function
            && names.is_globals()
            && update == "update"
        {
            return self.update_globals(arguments, scope);
        }
        let function = self.expression(function, scope)?;
        let (positional, named) = self.arguments(arguments, scope)?;
        self.call(&function, positional, named)
    }

    /// `globals().update(names)`.
    fn update_globals(&self, arguments: &[Argument], scope: &Rc<Scope>) -> Result<Value> {
        let (positional, named) = self.arguments(arguments, scope)?;
        let module = scope.module();
        if let Some(Value::Dict(names)) = positional.first() {
            for (name, value) in &names.borrow().0 {
                let name = name
                    .text()
                    .ok_or_else(|| PythonError::unsupported("a global that is no name"))?;
                module.set(name, value.clone());
            }
        }
        for (name, value) in named {
            module.set(&name, value);
        }
        Ok(Value::None)
    }

    fn arguments(&self, arguments: &[Argument], scope: &Rc<Scope>) -> Result<(Vec<Value>, Named)> {
        let (mut positional, mut named) = (Vec::new(), Vec::new());
        for argument in arguments {
            match argument {
                Argument::Positional(value) => positional.push(self.expression(value, scope)?),
                Argument::Named(name, value) => {
                    named.push((name.clone(), self.expression(value, scope)?))
                }
                Argument::Unpacked(value) => {
                    positional.extend(self.expression(value, scope)?.elements()?)
                }
                Argument::UnpackedNamed(value) => {
                    let Value::Dict(dict) = self.expression(value, scope)? else {
                        return Err(PythonError::type_error(
                            "argument after ** must be a mapping",
                        ));
                    };
                    for (key, value) in &dict.borrow().0 {
                        let name = key
                            .text()
                            .ok_or_else(|| PythonError::type_error("keywords must be strings"))?;
                        named.push((name.to_owned(), value.clone()));
                    }
                }
            }
        }
        Ok((positional, named))
    }

    /// Calls whatever can be called.
    pub(in crate::python) fn call(
        &self,
        function: &Value,
        positional: Vec<Value>,
        named: Named,
    ) -> Result<Value> {
        let _level = self.enter()?;
        match function {
            Value::Function(closure) => self.call_closure(closure, positional, named),
            Value::Partial(partial) => {
                let all = [partial.positional.clone(), positional].concat();
                let mut names: Named = partial.named.clone();
                for (name, value) in named {
                    names.retain(|(known, _)| *known != name);
                    names.push((name, value));
                }
                self.call(&partial.function, all, names)
            }
            Value::Builtin(name) => builtins::call(self, name, positional, named),
            Value::Module(name) => modules::call(self, name, positional, named),
            Value::Method(method) => self.call_bound(&method.0, &method.1, positional, named),
            Value::Unknown(reason) => Err(PythonError::unsupported(reason.as_ref())),
            other => {
                let kind = other.kind();
                Err(PythonError::type_error(format!(
                    "'{kind}' object is not callable"
                )))
            }
        }
    }

    fn call_bound(
        &self,
        value: &Value,
        name: &str,
        positional: Vec<Value>,
        named: Named,
    ) -> Result<Value> {
        let made = match value {
            Value::Rows(all) => rows::call(self, all, name, positional, named)?,
            Value::Path(path) => modules::call_path(path, name, &positional)?,
            _ => methods::call_method(value, name, &positional, &named)?,
        };
        // `a.extend(a)` makes nothing and grows all the same.
        self.charge(value)?;
        self.charge(&made)?;
        Ok(made)
    }

    fn call_closure(
        &self,
        closure: &Rc<Closure>,
        positional: Vec<Value>,
        named: Named,
    ) -> Result<Value> {
        let scope = Scope::inside(&closure.scope);
        bind_parameters(closure, positional, named, &scope)?;
        match self.block(&closure.definition.body, &scope)? {
            Flow::Return(value) => Ok(value),
            _ => Ok(Value::None),
        }
    }

    pub(super) fn attribute(&self, value: &Value, name: &str) -> Result<Value> {
        match value {
            Value::Module(module) => Ok(modules::attribute(module, name)),
            Value::Unknown(reason) => Err(PythonError::unsupported(reason.as_ref())),
            Value::Path(path) => modules::path_attribute(path, name),
            Value::Rows(all) => rows::attribute(all, name),
            Value::Function(_) | Value::Partial(_) => {
                Err(PythonError::unsupported(format!("`.{name}` of a function")))
            }
            Value::Builtin(builtin) => Ok(Value::Builtin(format!("{builtin}.{name}").into())),
            other => Ok(Value::Method(Rc::new((other.clone(), name.to_owned())))),
        }
    }

    /// Binds imported names.
    pub(super) fn import(&self, names: &[(String, String)], scope: &Rc<Scope>) -> Result<()> {
        for (name, module) in names {
            let value = match self.files.module_of(module) {
                Some((path, None)) if name == "*" => {
                    let other = self.module(&path)?;
                    for (name, value) in other.names.borrow().iter() {
                        scope.set(name, value.clone());
                    }
                    continue;
                }
                Some((path, Some(part))) => match self.module(&path)?.get(&part) {
                    Some(value) => value,
                    None => Value::Unknown(format!("`{module}`").into()),
                },
                _ if name == "*" => {
                    return Err(PythonError::unsupported(format!(
                        "`from {module} import *`"
                    )));
                }
                _ => modules::imported(module),
            };
            scope.set(name, value);
        }
        Ok(())
    }
}

fn bind_parameters(
    closure: &Closure,
    positional: Vec<Value>,
    mut named: Named,
    scope: &Scope,
) -> Result<()> {
    let Function {
        name,
        parameters,
        takes_rest,
        takes_named,
        ..
    } = &*closure.definition;
    let mut positional = positional.into_iter();
    let mut defaults = closure.defaults.iter();
    for parameter in parameters {
        let default = parameter
            .default
            .as_ref()
            .and_then(|_| defaults.next().cloned());
        let by_name = named.iter().position(|(known, _)| *known == parameter.name);
        let value = match (positional.next(), by_name) {
            (Some(value), _) => value,
            (None, Some(at)) => named.remove(at).1,
            (None, None) => default.ok_or_else(|| {
                PythonError::type_error(format!(
                    "{name}() missing the argument '{}'",
                    parameter.name
                ))
            })?,
        };
        scope.set(&parameter.name, value);
    }
    let rest: Vec<Value> = positional.collect();
    match takes_rest {
        Some(rest_name) => scope.set(rest_name, Value::Tuple(rest.into())),
        None if !rest.is_empty() => {
            return Err(PythonError::type_error(format!(
                "{name}() takes {} arguments",
                parameters.len()
            )));
        }
        None => {}
    }
    match takes_named {
        Some(name) => {
            let pairs = named
                .into_iter()
                .map(|(name, value)| (Value::string(name), value));
            scope.set(name, Value::dict(pairs.collect()));
        }
        None if !named.is_empty() => {
            return Err(PythonError::type_error(format!(
                "{name}() got the unexpected argument '{}'",
                named[0].0
            )));
        }
        None => {}
    }
    Ok(())
}
