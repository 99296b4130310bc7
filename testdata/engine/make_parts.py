"""Splits mistral-gguf/model.gguf into three parts, with gguf (0.19 was used), as llama.cpp's gguf-split does: python make_parts.py"""
import pathlib

from gguf import GGUFReader, GGUFValueType, GGUFWriter

here = pathlib.Path(__file__).parent
reader = GGUFReader(here / "mistral-gguf/model.gguf")
folder = here / "mistral-gguf-parts"
folder.mkdir(exist_ok=True)
architecture = reader.fields["general.architecture"].contents()
writer = GGUFWriter(folder / "model.gguf", architecture, split_max_tensors=8)
for name, field in reader.fields.items():
    if name.startswith("GGUF.") or name == "general.architecture":
        continue
    kind = field.types[0]
    sub = field.types[-1] if kind == GGUFValueType.ARRAY else None
    writer.add_key_value(name, field.contents(), kind, sub_type=sub)
for tensor in reader.tensors:
    writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
