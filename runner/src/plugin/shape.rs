//! Compares the types that a component carries with those of the contract, function by function.
//!
//! Types must be equal, names and order included: a component that was built from another text of the contract gets
//! the first place where the two part, in words. It looks at types only, never at code.

use std::collections::{HashMap, HashSet};
use std::fmt;

use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentDefinedTypeId, ComponentEntityType,
    ComponentFuncTypeId, ComponentInstanceTypeId, ComponentValType, ResourceId,
};
use wasmparser::names::KebabString;
use wasmparser::types::TypesRef;

/// Where two types part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// From the outside in: `parameter subjects, element, field post`.
    pub place: String,
    /// What the component has there.
    pub found: String,
    /// What the contract has there.
    pub expected: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            place,
            found,
            expected,
        } = self;
        write!(
            f,
            "{place}: the plugin has {found}, the contract {expected}"
        )
    }
}

/// One side of a comparison: an instance type, and what its resources are called.
pub(super) struct Side<'a> {
    types: TypesRef<'a>,
    instance: ComponentInstanceTypeId,
    resources: HashMap<ResourceId, &'a str>,
}

impl<'a> Side<'a> {
    pub(super) fn new(types: TypesRef<'a>, instance: ComponentInstanceTypeId) -> Self {
        let resources = exports(types, instance)
            .filter_map(|(name, ty)| match ty {
                ComponentEntityType::Type {
                    created: ComponentAnyTypeId::Resource(id),
                    ..
                } => Some((id.resource(), name)),
                _ => None,
            })
            .collect();
        Self {
            types,
            instance,
            resources,
        }
    }

    /// The functions of the instance.
    pub(super) fn functions(&self) -> impl Iterator<Item = (&'a str, ComponentFuncTypeId)> {
        exports(self.types, self.instance).filter_map(|(name, ty)| match ty {
            ComponentEntityType::Func(id) => Some((name, id)),
            _ => None,
        })
    }

    /// A function by name.
    pub(super) fn function(&self, name: &str) -> Option<ComponentFuncTypeId> {
        match self.types.get(self.instance)?.exports.get(name)?.ty {
            ComponentEntityType::Func(id) => Some(id),
            _ => None,
        }
    }

    fn resource(&self, id: ResourceId) -> &str {
        self.resources.get(&id).copied().unwrap_or_default()
    }
}

fn exports<'a>(
    types: TypesRef<'a>,
    instance: ComponentInstanceTypeId,
) -> impl Iterator<Item = (&'a str, ComponentEntityType)> {
    types
        .get(instance)
        .into_iter()
        .flat_map(|instance| &instance.exports)
        .map(|(name, item)| (name.as_str(), item.ty))
}

/// Compares the functions of two instances.
pub(super) struct Comparison<'a> {
    theirs: &'a Side<'a>,
    ours: &'a Side<'a>,
    /// Pairs that were found equal: types share their parts, and a hostile file could make that sharing deep.
    equal: HashSet<(ComponentDefinedTypeId, ComponentDefinedTypeId)>,
    path: Vec<String>,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(theirs: &'a Side<'a>, ours: &'a Side<'a>) -> Self {
        Self {
            theirs,
            ours,
            equal: HashSet::new(),
            path: Vec::new(),
        }
    }

    /// The first difference between two functions.
    pub(super) fn function(
        &mut self,
        theirs: ComponentFuncTypeId,
        ours: ComponentFuncTypeId,
    ) -> Result<(), Difference> {
        self.path.clear();
        let (Some(a), Some(b)) = (self.theirs.types.get(theirs), self.ours.types.get(ours)) else {
            return self.part("nothing", "a function");
        };
        if a.async_ != b.async_ {
            let word = |is: bool| {
                if is {
                    "an async function"
                } else {
                    "a function"
                }
            };
            return self.part(word(a.async_), word(b.async_));
        }
        let names = |list: &[(KebabString, ComponentValType)]| {
            let names: Vec<&str> = list.iter().map(|(name, _)| name.as_str()).collect();
            format!("the parameters ({})", names.join(", "))
        };
        let (found, expected) = (names(&a.params), names(&b.params));
        if found != expected {
            return self.part(&found, &expected);
        }
        for ((name, a), (_, b)) in a.params.iter().zip(&b.params) {
            self.inside(format!("parameter {name}"), |this| this.value(*a, *b))?;
        }
        self.inside("result".into(), |this| this.maybe(a.result, b.result))
    }

    fn inside(
        &mut self,
        step: String,
        compare: impl FnOnce(&mut Self) -> Result<(), Difference>,
    ) -> Result<(), Difference> {
        self.path.push(step);
        let result = compare(self);
        self.path.pop();
        result
    }

    fn part(&self, found: &str, expected: &str) -> Result<(), Difference> {
        let place = if self.path.is_empty() {
            "its type".into()
        } else {
            self.path.join(", ")
        };
        Err(Difference {
            place,
            found: found.into(),
            expected: expected.into(),
        })
    }

    fn maybe(
        &mut self,
        a: Option<ComponentValType>,
        b: Option<ComponentValType>,
    ) -> Result<(), Difference> {
        match (a, b) {
            (None, None) => Ok(()),
            (Some(a), Some(b)) => self.value(a, b),
            (Some(a), None) => self.part(&describe(self.theirs, a), "nothing"),
            (None, Some(b)) => self.part("nothing", &describe(self.ours, b)),
        }
    }

    fn value(&mut self, a: ComponentValType, b: ComponentValType) -> Result<(), Difference> {
        match (a, b) {
            (ComponentValType::Type(one), ComponentValType::Type(two)) => {
                if self.equal.contains(&(one, two)) {
                    return Ok(());
                }
                self.defined(a, b, one, two)?;
                self.equal.insert((one, two));
                Ok(())
            }
            _ if primitive(self.theirs, a).is_some()
                && primitive(self.theirs, a) == primitive(self.ours, b) =>
            {
                Ok(())
            }
            _ => self.unequal(a, b),
        }
    }

    fn unequal(&self, a: ComponentValType, b: ComponentValType) -> Result<(), Difference> {
        self.part(&describe(self.theirs, a), &describe(self.ours, b))
    }

    fn defined(
        &mut self,
        whole_a: ComponentValType,
        whole_b: ComponentValType,
        a: ComponentDefinedTypeId,
        b: ComponentDefinedTypeId,
    ) -> Result<(), Difference> {
        use ComponentDefinedType as T;
        let (Some(a), Some(b)) = (self.theirs.types.get(a), self.ours.types.get(b)) else {
            return self.part("nothing", "a type");
        };
        match (a, b) {
            (T::Primitive(a), T::Primitive(b)) if a == b => Ok(()),
            (T::Record(a), T::Record(b)) if same(a.fields.keys(), b.fields.keys()) => {
                for ((name, a), b) in a.fields.iter().zip(b.fields.values()) {
                    self.inside(format!("field {name}"), |this| this.value(*a, *b))?;
                }
                Ok(())
            }
            (T::Variant(a), T::Variant(b)) if same(a.cases.keys(), b.cases.keys()) => {
                for ((name, a), b) in a.cases.iter().zip(b.cases.values()) {
                    self.inside(format!("case {name}"), |this| this.maybe(a.ty, b.ty))?;
                }
                Ok(())
            }
            (T::Tuple(a), T::Tuple(b)) if a.types.len() == b.types.len() => {
                for (a, b) in a.types.iter().zip(&b.types) {
                    self.inside("tuple".into(), |this| this.value(*a, *b))?;
                }
                Ok(())
            }
            (T::Enum(a), T::Enum(b)) | (T::Flags(a), T::Flags(b)) if same(a.iter(), b.iter()) => {
                Ok(())
            }
            (T::List { element: a, .. }, T::List { element: b, .. }) => {
                self.inside("element".into(), |this| this.value(*a, *b))
            }
            (T::Option { ty: a, .. }, T::Option { ty: b, .. }) => {
                self.inside("option".into(), |this| this.value(*a, *b))
            }
            (
                T::Result { ok, err, .. },
                T::Result {
                    ok: our_ok,
                    err: our_err,
                    ..
                },
            ) => {
                self.inside("ok".into(), |this| this.maybe(*ok, *our_ok))?;
                self.inside("error".into(), |this| this.maybe(*err, *our_err))
            }
            (T::Own(a), T::Own(b)) | (T::Borrow(a), T::Borrow(b))
                if self.theirs.resource(a.resource()) == self.ours.resource(b.resource()) =>
            {
                Ok(())
            }
            _ => self.unequal(whole_a, whole_b),
        }
    }
}

/// Equal names in equal order.
fn same<'n>(
    a: impl Iterator<Item = &'n KebabString>,
    b: impl Iterator<Item = &'n KebabString>,
) -> bool {
    a.map(|name| name.as_str()).eq(b.map(|name| name.as_str()))
}

/// A primitive, named directly or through an alias.
fn primitive(side: &Side<'_>, ty: ComponentValType) -> Option<wasmparser::PrimitiveValType> {
    match ty {
        ComponentValType::Primitive(ty) => Some(ty),
        ComponentValType::Type(id) => match side.types.get(id)? {
            ComponentDefinedType::Primitive(ty) => Some(*ty),
            _ => None,
        },
    }
}

/// A type in a few words, one level deep.
fn describe(side: &Side<'_>, ty: ComponentValType) -> String {
    use ComponentDefinedType as T;
    const SHOWN: usize = 12;
    let list = |word: &str, names: Vec<&str>| {
        let more = if names.len() > SHOWN { ", …" } else { "" };
        let names: Vec<&str> = names.into_iter().take(SHOWN).collect();
        format!("{word} {{ {}{more} }}", names.join(", "))
    };
    let id = match ty {
        ComponentValType::Primitive(ty) => return ty.to_string(),
        ComponentValType::Type(id) => id,
    };
    match side.types.get(id) {
        None => "nothing".into(),
        Some(T::Primitive(ty)) => ty.to_string(),
        Some(T::Record(ty)) => list("record", ty.fields.keys().map(|k| k.as_str()).collect()),
        Some(T::Variant(ty)) => list("variant", ty.cases.keys().map(|k| k.as_str()).collect()),
        Some(T::Enum(names)) => list("enum", names.iter().map(|k| k.as_str()).collect()),
        Some(T::Flags(names)) => list("flags", names.iter().map(|k| k.as_str()).collect()),
        Some(T::Tuple(ty)) => format!("a tuple of {}", ty.types.len()),
        Some(T::List { .. }) => "a list".into(),
        Some(T::Option { .. }) => "an option".into(),
        Some(T::Result { .. }) => "a result".into(),
        Some(T::Own(id)) => format!("the resource {}", side.resource(id.resource())),
        Some(T::Borrow(id)) => format!("a borrow of {}", side.resource(id.resource())),
        Some(_) => "a type that this contract has not".into(),
    }
}
