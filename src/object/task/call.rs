//! What a task does: a method of an object, with its arguments.

use crate::base::{NulTerminated, Result};
use crate::engine::Op;
use crate::object::Object;
use crate::object::run_order::Direction;
use std::pin::Pin;
use std::sync::Arc;

/// A step of a method that a driver polls.
pub type BoxFuture<'a> = Pin<Box<dyn Future<Output = Result<Value>> + Send + 'a>>;

/// What a method returns.
pub enum Value {
    /// Of a method that succeeds or fails.
    Bool(bool),
    /// A number.
    Int(i32),
    /// A string.
    Text(String),
    /// A message that was found, which the end of the run makes a [`Value::Message`].
    Found(Box<dyn Found>),
    /// A message that was read.
    Message(Message),
}

/// A message that its connection keeps: dropping this leaves the message to the next read.
pub trait Found: Send {
    /// Takes it.
    fn take(self: Box<Self>) -> Result<Message>;
}

/// A message of a WebSocket, or a control frame.
#[derive(Debug)]
pub struct Message {
    /// One of the numbers CKWS_OPCODE_.
    pub opcode: i32,
    /// The payload.
    pub data: NulTerminated,
}

/// Of what type the result of a method is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultType {
    /// [`Value::Bool`].
    Bool,
    /// [`Value::Int`].
    Int,
    /// [`Value::Text`].
    Text,
    /// [`Value::Message`].
    Bytes,
}

impl ResultType {
    /// Returns the type in the API's words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Text => "string",
            Self::Bytes => "bytes",
        }
    }
}

/// A method call that a task makes when it runs, once for each run.
pub trait Call: Send + Sync {
    /// Returns its name, as the original writes it.
    fn method(&self) -> &'static str;

    /// Of what type its result is.
    fn result_type(&self) -> ResultType;

    /// Returns which way it goes.
    fn direction(&self) -> Direction;

    /// Returns the object that it is a method of.
    fn object(&self) -> Arc<dyn Object>;

    /// Makes the call.
    fn make<'a, 'b>(&'a self, op: &'b mut Op<'a>) -> BoxFuture<'b>;
}

/// A call of `body` on `object` with `arguments`, which are kept as long as the task.
pub struct LoadedCall<O, A, F> {
    /// Its name.
    pub method: &'static str,
    /// Of what type its result is.
    pub result_type: ResultType,
    /// Which way it goes.
    pub direction: Direction,
    /// Whose method it is.
    pub object: Arc<O>,
    /// What the program has passed.
    pub arguments: A,
    /// The method.
    pub body: F,
}

impl<O, A, F> Call for LoadedCall<O, A, F>
where
    O: Object,
    A: Send + Sync,
    F: for<'a, 'b> Fn(&'a Arc<O>, &'b mut Op<'a>, &'a A) -> BoxFuture<'b> + Send + Sync,
{
    fn method(&self) -> &'static str {
        self.method
    }

    fn result_type(&self) -> ResultType {
        self.result_type
    }

    fn direction(&self) -> Direction {
        self.direction
    }

    fn object(&self) -> Arc<dyn Object> {
        Arc::clone(&self.object) as Arc<dyn Object>
    }

    fn make<'a, 'b>(&'a self, op: &'b mut Op<'a>) -> BoxFuture<'b> {
        (self.body)(&self.object, op, &self.arguments)
    }
}

impl From<()> for Value {
    fn from((): ()) -> Self {
        Self::Bool(true)
    }
}

impl From<u16> for Value {
    fn from(value: u16) -> Self {
        Self::Int(i32::from(value))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}
