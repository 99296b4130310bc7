//! The device that a network runs on.

use crate::error::EngineError;
use std::fmt;
use std::str::FromStr;

/// The CPU, or a GPU that candle knows.
///
/// The forward for GPUs is compiled into every build and tested on candle's own CPU device against the one for the CPU.
/// **On a GPU it was never run**, and neither cargo feature was ever compiled: there was none, and no `nvcc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Device {
    /// The engine's own loops, on its threads.
    #[default]
    Cpu,
    /// The NVIDIA GPU of that number; needs the cargo feature `cuda`.
    Cuda(usize),
    /// The Apple GPU of that number; needs the cargo feature `metal`.
    Metal(usize),
}

impl Device {
    /// Checks that the engine can run there.
    ///
    /// # Errors
    /// If the device is not compiled in (the message names the feature) or not there.
    pub fn check(self) -> Result<(), EngineError> {
        self.open().map(drop)
    }

    /// candle's device; `None` for the CPU. An error if it is not compiled in or not there.
    pub(crate) fn open(self) -> Result<Option<candle_core::Device>, EngineError> {
        let (is_compiled, feature) = match self {
            Self::Cpu => return Ok(None),
            Self::Cuda(_) => (cfg!(feature = "cuda"), "cuda"),
            Self::Metal(_) => (cfg!(feature = "metal"), "metal"),
        };
        if !is_compiled {
            return Err(EngineError::DeviceNotCompiled {
                device: self.to_string(),
                feature,
            });
        }
        let opened = match self {
            Self::Metal(number) => candle_core::Device::new_metal(number),
            Self::Cuda(number) => candle_core::Device::new_cuda(number),
            Self::Cpu => return Ok(None),
        };
        opened
            .map(Some)
            .map_err(|error| EngineError::Device(error.to_string()))
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(number) => write!(f, "cuda:{number}"),
            Self::Metal(number) => write!(f, "metal:{number}"),
        }
    }
}

/// A text that names no device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is neither cpu, cuda, metal, nor one of these with a number, as cuda:1")]
pub struct UnknownDevice(String);

/// `cpu`, `cuda`, `metal`, and with the GPU's number `cuda:1`.
impl FromStr for Device {
    type Err = UnknownDevice;

    fn from_str(text: &str) -> Result<Self, UnknownDevice> {
        let (kind, number) = text.split_once(':').unwrap_or((text, "0"));
        match (kind, number.parse()) {
            ("cpu", _) if text == "cpu" => Ok(Self::Cpu),
            ("cuda", Ok(number)) => Ok(Self::Cuda(number)),
            ("metal", Ok(number)) => Ok(Self::Metal(number)),
            _ => Err(UnknownDevice(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_read_as_they_are_written() {
        for device in [
            Device::Cpu,
            Device::Cuda(0),
            Device::Cuda(1),
            Device::Metal(2),
        ] {
            assert_eq!(device.to_string().parse(), Ok(device));
        }
        assert_eq!("cuda".parse(), Ok(Device::Cuda(0)));
        for wrong in ["", "gpu", "cuda:", "cuda:-1", "cpu:0"] {
            assert!(wrong.parse::<Device>().is_err(), "{wrong}");
        }
    }

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn a_device_that_is_not_compiled_in_names_its_feature() {
        let error = Device::Cuda(1).check().unwrap_err();
        assert_eq!(
            error.to_string(),
            "this build cannot use cuda:1: it was built without the feature `cuda`"
        );
        assert!(
            error
                .hint()
                .is_some_and(|hint| hint.contains("--features cuda"))
        );
    }
}
