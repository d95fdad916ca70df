/* A crude check that a document is well-formed: its tags nest. tests/log_markup.rs has the thorough one. */
#ifndef CKWS_TEST_MARKUP_H
#define CKWS_TEST_MARKUP_H

#include "check.h"

/* Where the name of a tag ends. */
static inline size_t tag_name_length(const char *name)
{
    return strcspn(name, " />");
}

/* Whether every tag is ended by its own, and nothing else looks like a tag. */
static inline bool tags_nest(const char *text)
{
    const char *open[64];
    size_t depth = 0;

    if (text == NULL)
        return false;
    while ((text = strchr(text, '<')) != NULL) {
        const char *end = strchr(text, '>');

        if (end == NULL)
            return false;
        if (text[1] == '/') {
            size_t length = tag_name_length(text + 2);

            if (depth == 0 || length != tag_name_length(open[depth - 1]) ||
                strncmp(text + 2, open[depth - 1], length) != 0)
                return false;
            depth--;
        } else if (text[1] != '?' && text[1] != '!' && end[-1] != '/') {
            if (depth == sizeof open / sizeof open[0])
                return false;
            open[depth++] = text + 1;
        }
        text = end;
    }
    return depth == 0;
}

static inline bool is_xml(const char *text)
{
    return text != NULL && strncmp(text, "<?xml ", 6) == 0 && tags_nest(text);
}

static inline bool is_html(const char *text)
{
    return text != NULL && strncmp(text, "<!DOCTYPE html>", 15) == 0 && contains(text, "</html>") &&
           tags_nest(text);
}

#endif
