//! Integration tests of the language-model backends, against servers on this machine.

mod openai_compatible;
