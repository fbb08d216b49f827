"""Every reason for refusing, in words. Each says what was wrong and what to do."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

FILE_REASONS = {
    "file_empty": _("The file is empty. Export it again and check that it holds rows."),
    "file_header_only": _(
        "The file has column names (line %(line)s) but no rows beneath them. "
        "Export it again and check the period or filter."
    ),
    "file_no_header": _(
        "Line %(line)s looks like data, not like column names. "
        "Add a first row that names the columns, such as name, phone, birthday."
    ),
    "file_too_large": _(
        "The file holds more than %(limit_mb)s MB of content. Split it into smaller files."
    ),
    "file_unknown_encoding": _(
        "The characters of this file cannot be read: it is neither UTF-8, UTF-16 nor GB18030. "
        "In Excel choose «Save as» → «CSV UTF-8», or say in the mapping which encoding it has."
    ),
    "file_wrong_encoding": _(
        "The file cannot be read as %(encoding)s. "
        "Remove the encoding from the mapping to let it be detected."
    ),
    "file_binary": _(
        "This is not a table of text but a binary file (%(what)s). Send a CSV, TSV or XLSX file."
    ),
    "file_old_excel": _(
        "This is an old Excel file (.xls) or one locked with a password. "
        "Open it in Excel, remove the password and save it as .xlsx."
    ),
    "file_html": _(
        "This is a web page or XML file with another name, as some booking systems export. "
        "Open it in Excel and save it as .xlsx or CSV."
    ),
    "file_zip": _("This is a ZIP archive. Unpack it and send the table inside."),
    "file_macros": _(
        "This workbook holds macros (programs), which are not accepted. Save it as plain .xlsx."
    ),
    "file_workbook_damaged": _(
        "This workbook is damaged and cannot be opened. Open it in Excel and save it again."
    ),
    "file_workbook_too_big": _(
        "This workbook unpacks to more than %(limit_mb)s MB or spans more cells than can be held. "
        "Delete empty rows and columns, or save the sheet as CSV."
    ),
    "file_gzip_damaged": _(
        "The compressed file is damaged or cut off. Compress and send it again."
    ),
    "file_sheet_unknown": _("The workbook has no sheet «%(sheet)s». It has: %(sheets)s."),
    "file_no_such_line": _("The file has no line %(line)s to take the column names from."),
    "file_too_many_columns": _(
        "The file has %(n_columns)s columns, more than the %(limit)s allowed. "
        "Check that it is a table and delete the columns you do not need."
    ),
    "file_line_too_long": _(
        "Line %(line)s is longer than %(limit)s characters, so this is not a table of rows. "
        "Check the line breaks and export it again."
    ),
    "file_delimiter_unknown": _(
        "The columns seem to be separated by «%(delimiter)s». "
        "Use a comma, semicolon, tab or | and send the file again."
    ),
    "file_quotes_broken": _(
        "More than %(limit)s rows open a quotation mark and never close it (first: line %(line)s). "
        "Export the file again with quotation marks doubled inside quoted text."
    ),
}

ROW_REASONS = {
    "row_too_many_cells": _(
        "The row has %(n_cells)s values but there are %(n_columns)s columns. "
        "Put text that contains the separator into quotation marks."
    ),
    "row_too_few_cells": _(
        "The row has only %(n_cells)s values but there are %(n_columns)s columns. "
        "Fill in the missing separators."
    ),
    "row_unclosed_quote": _(
        "A quotation mark is opened and not closed. Close it, or double it inside quoted text."
    ),
    "row_cell_too_long": _("A value is longer than %(limit)s characters. Shorten it."),
    "row_nul": _("The row contains a NUL character, which is no text. Delete it."),
    "row_bad_bytes": _(
        "The row contains bytes that are no text in the encoding of this file. "
        "Type the damaged word again."
    ),
}

TEXT_REASONS = {
    "text_nul": _("The value contains a NUL character, which is no text. Delete it."),
    "text_bad_characters": _("The value contains half of a character. Type the word again."),
    "text_too_long": _("The value has %(n_chars)s characters; at most %(limit)s fit. Shorten it."),
    "text_scientific": _(
        "Excel has turned «%(value)s» into a rounded number and its digits are lost. "
        "Format the column as text and export it again from where it came from."
    ),
    "email_invalid": _("«%(value)s» is no e-mail address. Write it like name@example.com."),
    "gender_unknown": _("«%(value)s» is no gender we know. Write female, male or leave it empty."),
    "boolean_unknown": _("«%(value)s» is neither yes nor no. Write yes or no."),
    "integer_invalid": _("«%(value)s» is no whole number. Write digits only, such as 3."),
    "integer_too_large": _("«%(value)s» is too large. Check the number."),
    "number_invalid": _("«%(value)s» is no number. Write it with digits, such as 12.5."),
    "word_unknown": _("«%(value)s» is no answer we know. Write one of: %(allowed)s."),
    "formula": _("«%(value)s» is a formula. Replace it by its result."),
}

PHONE_REASONS = {
    "phone_scientific": _(
        "Excel has turned the phone number into «%(value)s» and its last digits are lost. "
        "Format the column as text and export it again from where it came from."
    ),
    "phone_letters": _(
        "«%(value)s» contains letters (perhaps the letter O instead of a zero). "
        "Write the number in digits."
    ),
    "phone_invalid": _(
        "«%(value)s» is no possible phone number. Check that no digit is missing or doubled."
    ),
}

DATE_REASONS = {
    "date_unreadable": _("«%(value)s» is no date we can read. Write it like 2026-11-22."),
    "date_impossible": _("«%(value)s» is no day in the calendar. Correct the day or month."),
    "date_ambiguous": _(
        "«%(value)s» can be read day first or month first. "
        "Choose the order for the column, or write the date like 2026-11-22."
    ),
    "date_two_digit_year": _("«%(value)s» does not say which century. Write the year in 4 digits."),
    "date_future": _("«%(value)s» lies in the future. Correct the year."),
    "date_too_old": _("«%(value)s» is more than %(limit)s years ago. Correct the year."),
    "time_impossible": _("«%(value)s» is no time of day. Write it like 14:30."),
}

AMOUNT_REASONS = {
    "amount_unreadable": _("«%(value)s» is no amount of money. Write it like 1280.00."),
    "amount_currency": _(
        "«%(value)s» is not in %(currency)s. "
        "Convert it, or choose the right currency for this file."
    ),
    "amount_unknown_currency": _("«%(value)s» is no currency. Write a code such as CNY or USD."),
    "amount_too_fine": _("«%(value)s» is finer than the smallest coin of %(currency)s. Round it."),
    "amount_ambiguous": _(
        "«%(value)s» can mean thousands or decimals. "
        "Choose the decimal sign for the column, or write it like 1280.00."
    ),
    "amount_grouping": _(
        "The separators in «%(value)s» do not fit together. Write the amount like 1280.00."
    ),
    "amount_too_large": _("«%(value)s» is too large for an amount. Check the number."),
}

MAPPING_REASONS = {
    "mapping_shape": _(
        "The mapping must be an object with «columns» (column name → field) and «options»."
    ),
    "mapping_unknown_header": _(
        "The file has no column «%(header)s». Its columns are: %(headers)s."
    ),
    "mapping_unknown_field": _(
        "Column «%(header)s» points to «%(field)s», which is no field. Fields are: %(fields)s."
    ),
    "mapping_field_twice": _(
        "Field «%(field)s» is filled by two columns (%(headers)s). Keep one of them."
    ),
    "mapping_required": _("One column must be mapped to: %(fields)s."),
    "mapping_unknown_option": _("«%(option)s» is no option. Options are: %(options)s."),
    "mapping_bad_option": _("Option «%(option)s» cannot be «%(value)s». Allowed: %(allowed)s."),
    "mapping_nothing": _("No column of the file is mapped to a field. Map at least one."),
}

WARNINGS = {
    "warning_duplicate_header": _(
        "Two columns are called «%(header)s»; the later one is shown as «%(renamed)s»."
    ),
    "warning_lines_above": _("%(n_lines)s lines above the column names were left out."),
    "warning_damaged": _(
        "Some bytes of the file are damaged; the rows they stand in are refused one by one."
    ),
    "warning_other_sheets": _("Only sheet «%(sheet)s» is read. Other sheets: %(sheets)s."),
}

REASONS = {
    **FILE_REASONS,
    **ROW_REASONS,
    **TEXT_REASONS,
    **PHONE_REASONS,
    **DATE_REASONS,
    **AMOUNT_REASONS,
    **MAPPING_REASONS,
    **WARNINGS,
}
