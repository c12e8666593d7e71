"""Reading Chinese and English job text: folding, segmenting, pay, phrases, repair, law, duplicates, names, résumés.

Every module is a pure function of its input: no clock, no network, no database, no randomness.

======================  =====================================================================
``fold``                one spelling for width, case and script
``segment``             index terms and query terms
``synonyms``            软件 = software: one canonical term on both sides
``pay``                 pay phrases to monthly fen
``phrases``             degree, experience, company size, place, date phrases to codes
``repair``              undo broken encodings and stray markup, with a list of what was done
``lawful``              unlawful or suspicious wording in job advertisements
``dedupe``              signatures of near-identical postings
``similar``             free text to caller-supplied codes by longest match
``resume``              plain résumé text to one structure
``json_resume``         JSON Resume to the same structure and back
``numerals``            Chinese numerals
``pinyin``              readings of Chinese names for search
======================  =====================================================================
"""
