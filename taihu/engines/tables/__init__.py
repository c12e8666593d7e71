"""Reading tables that others wrote: CSV in any of the usual encodings and XLSX, plain or gzipped, row by row.

======================  =====================================================================
``errors``              what is wrong with a file, where, and what to do
``contents``            the bytes: compression, encoding, digest, limits; every byte is seen before the first row
``delimited``           records of delimited text, with broken ones told apart from sound ones
``workbook``            rows of an XLSX sheet
``reader``              one way in: `open_table`
======================  =====================================================================

No row is lost silently: a row that cannot be read comes out with the reason in `Row.problem`.
"""

from taihu.engines.tables.errors import TableError
from taihu.engines.tables.reader import Layout, Row, Table, open_table

__all__ = ["Layout", "Row", "Table", "TableError", "open_table"]
