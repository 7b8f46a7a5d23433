"""Features as Python classes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from . import naming, rules, words
from .spec import FeatureSpec, FieldSpec, UnreadableSource

_SCALARS = {
    "string": "str",
    "int": "int",
    "float": "float",
    "bool": "bool",
    "dict": "dict[str, Any]",
    "any": "Any",
    "enum": "Choice",
    "uuid": "Uuid",
    "file_input": "File",
}


@dataclass
class Classes:
    """The classes of one subfeature, as source text."""

    feature: FeatureSpec
    stem: str
    parts: dict[str, str] = field(default_factory=dict)
    """Those that the output is made of, by name; each after those that it needs."""

    @classmethod
    def of(cls, feature: FeatureSpec, names: Collection[str]) -> Classes:
        """``names`` are those of all features."""
        return cls(feature, naming.stem(feature, names))

    def input(self) -> str:
        base = rules.BASES.get(self.feature.name, "FeatureInput")
        lines = [self._line(each, self._input_type(each)) for each in self.feature.input]
        return _class(f"{self.stem}Input", base, lines)

    def output(self) -> str:
        return self._output_class(f"{self.stem}Output", self.stem, self.feature.output, top=True)

    def _output_class(
        self, name: str, parent: str, fields: Sequence[FieldSpec], *, top: bool
    ) -> str:
        firm = top or self.feature.name in rules.FIRM
        lines = [
            self._line(each, self._output_type(each, parent), is_input=False, firm=firm)
            for each in fields
        ]
        return _class(name, "FeatureOutput", lines)

    def _part(self, spec: FieldSpec, parent: str) -> str:
        """The name of the class of an object, which is made when there is none of that form."""
        name = naming.part(self.feature, spec, parent)
        made = self._output_class(name, name, spec.fields, top=False)
        if self.parts.setdefault(name, made) == made:
            return name
        other = f"{parent}{name}"
        self.parts[other] = self._output_class(other, other, spec.fields, top=False)
        return other

    def _line(self, spec: FieldSpec, kind: str, *, is_input: bool = True, firm: bool = True) -> str:
        default = None if spec.required else _default(kind)
        may_be_null = default == "None" or (spec.required and not firm)
        if may_be_null and kind != "Any" and not kind.startswith("Listed"):
            kind = f"{kind} | None"
        value = _value(default, _arguments(self.feature, spec, is_input=is_input))
        return f"{naming.attribute(spec.name)}: {kind}{value}"

    def _input_type(self, spec: FieldSpec) -> str:
        if spec.choices:
            return f"Literal[{', '.join(map(repr, spec.choices))}]"
        item = spec.type.removeprefix("array[").removesuffix("]")
        if item == spec.type:
            return self._scalar(spec, item)
        return f"list[{'ListedFile' if item == 'file_input' else self._scalar(spec, item)}]"

    def _output_type(self, spec: FieldSpec, parent: str) -> str:
        item = spec.type.removeprefix("array[").removesuffix("]")
        kind = self._part(spec, parent) if item == "object" else self._scalar(spec, item)
        return kind if item == spec.type else f"Listed[{kind}]"

    def _scalar(self, spec: FieldSpec, name: str) -> str:
        try:
            return _SCALARS[name]
        except KeyError:
            raise UnreadableSource(
                f"{self.feature.name}: {spec.name} has the type {name!r}, which isn't known: "
                "add it to generator/rendering.py"
            ) from None


def _default(kind: str) -> str:
    return "[]" if kind.startswith("Listed") else "None"


def _value(default: str | None, arguments: list[str]) -> str:
    if arguments:
        given = [] if default is None else [f"default={default}"]
        return f" = Field({', '.join([*given, *arguments])})"
    return "" if default is None else f" = {default}"


def _arguments(feature: FeatureSpec, spec: FieldSpec, *, is_input: bool) -> list[str]:
    told: dict[str, object] = {}
    if naming.attribute(spec.name) != spec.name:
        told["alias"] = spec.name
    if is_input:
        told |= rules.LIMITS.get(f"{feature.name}.{spec.name}", {})
    if description := words.of_field(feature, spec.name, is_input=is_input):
        told["description"] = description
    return [f"{name}={value!r}" for name, value in told.items()]


def _class(name: str, base: str, lines: Iterable[str]) -> str:
    body = "\n".join(f"    {line}" for line in lines) or "    pass"
    return f"class {name}({base}):\n{body}\n"
