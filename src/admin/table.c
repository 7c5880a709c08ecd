/* Tables for people and JSON for programs. */
#include "admin/table.h"

#include <ctype.h>
#include <stdio.h>

#include <json-c/json.h>

#include "base/utf8.h"
#include "platform/clock.h"

#include "base/banned.h"

static const struct cell *
cell_at(const struct table *t, size_t row, size_t column)
{
    return &t->cells[row * t->column_count + column];
}

/* Control bytes of a name must not reach a terminal. */
static struct str
printable(struct arena *a, struct str text)
{
    char *out = arena_alloc(a, text.len + 1);

    for (size_t i = 0; i < text.len; i++)
        out[i] = iscntrl((unsigned char)text.ptr[i]) ? '?' : text.ptr[i];
    return (struct str){ out, text.len };
}

static struct str
human(struct arena *a, enum cell_type type, const struct cell *cell)
{
    switch (type) {
    case CELL_NUMBER:
        return arena_printf(a, "%lld", (long long)cell->number);
    case CELL_TIME:
        return cell->number ? clock_minute(a, cell->number) : STR("-");
    case CELL_TEXT:
        break;
    }
    return cell->text.len ? printable(a, cell->text) : STR("-");
}

static struct str
heading(struct arena *a, const char *name)
{
    char *out = arena_alloc(a, strlen(name) + 1);

    for (size_t i = 0; name[i]; i++)
        out[i] = name[i] == '_' ? ' ' : (char)toupper((unsigned char)name[i]);
    return str_from(out);
}

static void
print_padded(struct str text, size_t width, bool last)
{
    size_t used = utf8_count(text);

    (void)printf("%.*s", STR_ARG(text)); /* main() checks stdout */
    if (!last)
        (void)printf("%*s", (int)(width > used ? width - used : 0) + 2, "");
    else
        (void)printf("\n");
}

static void
print_table(struct arena *a, const struct table *t)
{
    size_t      lines = t->row_count + 1, columns = t->column_count;
    struct str *texts = arena_array(a, struct str, lines * columns);
    size_t     *widths = arena_array(a, size_t, columns);

    for (size_t c = 0; c < columns; c++) {
        texts[c] = heading(a, t->columns[c].name);
        for (size_t r = 0; r < t->row_count; r++)
            texts[(r + 1) * columns + c] = human(a, t->columns[c].type,
                                                 cell_at(t, r, c));
        for (size_t l = 0; l < lines; l++) {
            size_t width = utf8_count(texts[l * columns + c]);

            widths[c] = width > widths[c] ? width : widths[c];
        }
    }
    for (size_t l = 0; l < lines; l++)
        for (size_t c = 0; c < columns; c++)
            print_padded(texts[l * columns + c], widths[c], c + 1 == columns);
}

static struct json_object *
json_cell(struct arena *a, enum cell_type type, const struct cell *cell)
{
    struct str text = cell->text;

    if (type == CELL_NUMBER)
        return json_object_new_int64(cell->number);
    if (type == CELL_TIME && cell->number == 0)
        return NULL;
    if (type == CELL_TIME)
        text = clock_iso(a, cell->number);
    return json_object_new_string_len(text.ptr ? text.ptr : "",
                                      (int)text.len);
}

static struct json_object *
json_row(struct arena *a, const struct table *t, size_t row)
{
    struct json_object *object = json_object_new_object();

    for (size_t c = 0; c < t->column_count; c++)
        (void)json_object_object_add(object, t->columns[c].name,
                                     json_cell(a, t->columns[c].type,
                                               cell_at(t, row, c)));
    return object;
}

/* Prints and frees. */
static void
print_json(struct json_object *value)
{
    (void)printf("%s\n", json_object_to_json_string_ext(
                             value, JSON_C_TO_STRING_PRETTY |
                                        JSON_C_TO_STRING_NOSLASHESCAPE));
    (void)json_object_put(value); /* nobody else holds it */
}

void
table_print(struct arena *a, const struct table *t, bool json)
{
    struct json_object *list;

    if (!json) {
        print_table(a, t);
        return;
    }
    list = json_object_new_array();
    for (size_t r = 0; r < t->row_count; r++)
        (void)json_object_array_add(list, json_row(a, t, r));
    print_json(list);
}

void
table_print_object(struct arena *a, const struct table *t)
{
    print_json(json_row(a, t, 0));
}

void
table_print_row(struct arena *a, const struct table *t, bool json)
{
    if (json)
        table_print_object(a, t);
    else
        print_table(a, t);
}
