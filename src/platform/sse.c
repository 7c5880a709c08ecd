/* Server-sent events, cut anywhere. */
#include "platform/sse.h"

#include "base/banned.h"

void
sse_init(struct sse *s, size_t max, sse_event_fn *fn, void *owner)
{
    memset(s, 0, sizeof(*s));
    s->line = BUF_INIT(max);
    s->event = BUF_INIT(max);
    s->data = BUF_INIT(max);
    s->fn = fn;
    s->owner = owner;
}

void
sse_release(struct sse *s)
{
    buf_release(&s->line);
    buf_release(&s->event);
    buf_release(&s->data);
}

static void
end_event(struct sse *s)
{
    if (s->has_data && !s->too_long && !s->data.full)
        s->fn(s->owner, buf_str(&s->event), buf_str(&s->data));
    buf_clear(&s->event);
    buf_clear(&s->data);
    s->has_data = s->in_event = s->too_long = false;
}

static void
end_line(struct sse *s)
{
    struct str name, value;

    s->line_open = false;
    if (s->line.full) {
        s->in_event = s->too_long = true;
    } else if (s->line.len == 0) {
        end_event(s);
    } else {
        s->in_event = true;
        (void)str_cut(buf_str(&s->line), ':', &name, &value); /* may lack it */
        if (str_starts(value, STR(" ")))
            value = str_slice(value, 1, value.len);
        if (str_equal(name, STR("event"))) {
            buf_clear(&s->event);
            buf_add(&s->event, value);
        } else if (str_equal(name, STR("data"))) {
            if (s->has_data)
                buf_add_byte(&s->data, '\n');
            buf_add(&s->data, value);
            s->has_data = true;
        }
    }
    buf_clear(&s->line);
}

void
sse_feed(struct sse *s, struct str bytes)
{
    while (bytes.len) {
        size_t end = 0;

        if (s->after_cr && bytes.ptr[0] == '\n') {
            s->after_cr = false;
            bytes = str_slice(bytes, 1, bytes.len);
            continue;
        }
        s->after_cr = false;
        while (end < bytes.len && bytes.ptr[end] != '\n' &&
               bytes.ptr[end] != '\r')
            end++;
        buf_add(&s->line, str_slice(bytes, 0, end));
        s->line_open = s->line_open || end > 0;
        if (end == bytes.len)
            return;
        s->after_cr = bytes.ptr[end] == '\r';
        end_line(s);
        bytes = str_slice(bytes, end + 1, bytes.len);
    }
}

void
sse_end(struct sse *s)
{
    if (s->line_open)
        end_line(s);
    end_event(s);
}

bool
sse_at_boundary(const struct sse *s)
{
    return !s->line_open && !s->in_event && !s->after_cr;
}
