// The exports of app.wit, as short as they can be: everything links, and a componentizer finds what the world wants.
#include "app.h"

#include <stdlib.h>

struct exports_my_app_calc_counter_t {
    uint32_t count;
};

app_result_string_u32_t exports_app_run(app_list_string_t *args, app_point_t *p)
{
    app_result_string_u32_t result = { .err = p->x < 0 };
    result.as.error = 1;
    if (!result.err) {
        result.as.ok.data = NULL;
        result.as.ok.size = 0;
    }
    app_list_string_free(args);
    return result;
}

exports_my_app_calc_counter_own_t exports_my_app_calc_constructor_counter(uint32_t start)
{
    exports_my_app_calc_counter_t *const counter = (exports_my_app_calc_counter_t *)malloc(sizeof *counter);
    if (!counter) abort();
    counter->count = start;
    return exports_my_app_calc_counter_new(counter);
}

void exports_my_app_calc_counter_destructor(exports_my_app_calc_counter_t *value)
{
    free(value);
}

uint32_t exports_my_app_calc_method_counter_add(exports_my_app_calc_counter_borrow_t self, uint32_t n)
{
    return self->count += n;
}

exports_my_app_calc_counter_own_t exports_my_app_calc_static_counter_merge(exports_my_app_calc_counter_own_t a,
                                                                           exports_my_app_calc_counter_borrow_t b)
{
    exports_my_app_calc_counter_rep(a)->count += b->count;
    return a;
}

app_option_my_app_types_shape_t exports_my_app_calc_f(exports_my_app_calc_counter_borrow_t c, my_app_host_file_own_t d,
                                                      exports_my_app_calc_shape_t *s, app_option_f32_t *o)
{
    const app_option_my_app_types_shape_t same = { o->some || c->count, *s };
    my_app_host_file_own_drop(d);
    return same;
}

int64_t exports_my_app_calc_many(app_string_t *a, app_string_t *b, app_string_t *c, app_string_t *d, app_string_t *e,
                                 app_string_t *f, app_string_t *g, app_string_t *h, exports_my_app_calc_counter_own_t i)
{
    const app_list4_u8_t four = { { 1, 2, 3, 4 } };
    const app_list_list_string_t none = { NULL, 0 };
    const app_map_string_u32_t no_map = { NULL, 0 };
    const size_t size = a->size + b->size + c->size + d->size + e->size + f->size + g->size + h->size;
    const my_app_host_point_t point = { 0, 0 };
    const app_option_my_app_types_point_t found = my_app_host_many(a, b, c, d, e, f, g, h, &point);
    const my_app_host_file_own_t file = my_app_host_pass(my_app_host_constructor_file(a));
    const my_app_host_file_borrow_t lent = { file.handle };
    app_result_list_u8_string_t read = my_app_host_method_file_read(lent, 1);
    const uint64_t length = my_app_host_static_file_size(lent);
    const my_app_host_shape_t shape = { MY_APP_TYPES_SHAPE_CIRCLE, { 1.0f } };
    const my_app_host_pts_t points = { NULL, 0 };
    const app_option_my_app_types_perm_t perm = { false, 0 };
    const my_app_host_color_t color = my_app_host_draw(&shape, &points, &perm);
    app_log(a);
    exports_my_app_calc_counter_own_drop(i);
    app_result_list_u8_string_free(&read);
    return (int64_t)(size + found.some + length + color + my_app_host_lists(&none, &no_map, &four).f0 +
                     my_app_host_ok().err);
}
