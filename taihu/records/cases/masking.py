"""What a public page may show of a person."""


def mask_name(name: str) -> str:
    """The family name and the last sign of longer names: 张*, 欧阳** stays recognisable to those concerned only.

    >>> mask_name("王小明"), mask_name("李四"), mask_name("John Smith"), mask_name("")
    ('王*明', '李*', 'J*** S****', '')
    """
    if " " in name.strip():
        return " ".join(part[0] + "*" * (len(part) - 1) for part in name.split())
    clean = name.strip()
    if len(clean) <= 1:
        return clean
    if len(clean) == 2:
        return clean[0] + "*"
    return clean[0] + "*" * (len(clean) - 2) + clean[-1]
