/*
 * skeleton.c - documents with every member that the real shop gives, in its order, and nothing in them.
 *
 * Taken from WooCommerce 9.9.5 (a product made of {}, an order of an unknown product, and so on).  Apostrophes
 * stand for quotation marks: {'id':0,'name':''} is easier to read than what C wants.
 */
#include "tests/shopsim/woo/woo.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const char *const skeletons[] = {
    [WOO_PRODUCT] =
        "{'id':0,'name':'','slug':'','permalink':'','date_created':null,'date_created_gmt':null,"
        "'date_modified':null,'date_modified_gmt':null,'type':'simple','status':'publish','featured':false,"
        "'catalog_visibility':'visible','description':'','short_description':'','sku':'','price':'',"
        "'regular_price':'','sale_price':'','date_on_sale_from':null,'date_on_sale_from_gmt':null,"
        "'date_on_sale_to':null,'date_on_sale_to_gmt':null,'on_sale':false,'purchasable':false,"
        "'total_sales':0,'virtual':false,'downloadable':false,'downloads':[],'download_limit':-1,"
        "'download_expiry':-1,'external_url':'','button_text':'','tax_status':'taxable','tax_class':'',"
        "'manage_stock':false,'stock_quantity':null,'backorders':'no','backorders_allowed':false,"
        "'backordered':false,'low_stock_amount':null,'sold_individually':false,'weight':'',"
        "'dimensions':{'length':'','width':'','height':''},'shipping_required':true,'shipping_taxable':true,"
        "'shipping_class':'','shipping_class_id':0,'reviews_allowed':true,'average_rating':'0',"
        "'rating_count':0,'upsell_ids':[],'cross_sell_ids':[],'parent_id':0,'purchase_note':'',"
        "'categories':[{'id':15,'name':'Uncategorized','slug':'uncategorized'}],'brands':[],'tags':[],"
        "'images':[],'attributes':[],'default_attributes':[],'variations':[],'grouped_products':[],"
        "'menu_order':0,'price_html':'','related_ids':[],'meta_data':[],'stock_status':'instock',"
        "'has_options':false,'post_password':'','global_unique_id':''}",
    [WOO_VARIATION] =
        "{'id':0,'type':'variation','date_created':null,'date_created_gmt':null,'date_modified':null,"
        "'date_modified_gmt':null,'description':'','permalink':'','sku':'','global_unique_id':'','price':'',"
        "'regular_price':'','sale_price':'','date_on_sale_from':null,'date_on_sale_from_gmt':null,"
        "'date_on_sale_to':null,'date_on_sale_to_gmt':null,'on_sale':false,'status':'publish',"
        "'purchasable':true,'virtual':false,'downloadable':false,'downloads':[],'download_limit':-1,"
        "'download_expiry':-1,'tax_status':'taxable','tax_class':'','manage_stock':false,"
        "'stock_quantity':null,'stock_status':'instock','backorders':'no','backorders_allowed':false,"
        "'backordered':false,'low_stock_amount':null,'weight':'','dimensions':{'length':'','width':'',"
        "'height':''},'shipping_class':'','shipping_class_id':0,'image':null,'attributes':[],'menu_order':0,"
        "'meta_data':[],'name':'','parent_id':0}",
    [WOO_ORDER] =
        "{'id':0,'parent_id':0,'status':'pending','currency':'EUR','version':'9.9.5',"
        "'prices_include_tax':false,'date_created':null,'date_modified':null,'discount_total':'0.00',"
        "'discount_tax':'0.00','shipping_total':'0.00','shipping_tax':'0.00','cart_tax':'0.00',"
        "'total':'0.00','total_tax':'0.00','customer_id':0,'order_key':'','billing':{'first_name':'',"
        "'last_name':'','company':'','address_1':'','address_2':'','city':'','state':'','postcode':'',"
        "'country':'','email':'','phone':''},'shipping':{'first_name':'','last_name':'','company':'',"
        "'address_1':'','address_2':'','city':'','state':'','postcode':'','country':'','phone':''},"
        "'payment_method':'','payment_method_title':'','transaction_id':'','customer_ip_address':'',"
        "'customer_user_agent':'','created_via':'rest-api','customer_note':'','date_completed':null,"
        "'date_paid':null,'cart_hash':'','number':'','meta_data':[],'line_items':[],'tax_lines':[],"
        "'shipping_lines':[],'fee_lines':[],'coupon_lines':[],'refunds':[],'payment_url':'',"
        "'is_editable':true,'needs_payment':false,'needs_processing':false,'date_created_gmt':null,"
        "'date_modified_gmt':null,'date_completed_gmt':null,'date_paid_gmt':null,'currency_symbol':'€'}",
    [WOO_LINE] =
        "{'id':0,'name':'','product_id':0,'variation_id':0,'quantity':1,'tax_class':'','subtotal':'0.00',"
        "'subtotal_tax':'0.00','total':'0.00','total_tax':'0.00','taxes':[],'meta_data':[],'sku':null,"
        "'price':0,'image':{'id':0,'src':''},'parent_name':null}",
    [WOO_SHIPPING] =
        "{'id':0,'method_title':'','method_id':'','instance_id':'','total':'0.00','total_tax':'0.00',"
        "'taxes':[],'tax_status':'taxable','meta_data':[]}",
    [WOO_FEE] =
        "{'id':0,'name':'','tax_class':'','tax_status':'taxable','amount':'','total':'0.00',"
        "'total_tax':'0.00','taxes':[],'meta_data':[]}",
    [WOO_COUPON] =
        "{'id':0,'code':'','discount':'0.00','discount_tax':'0.00','meta_data':[],'discount_type':'percent',"
        "'nominal_amount':10,'free_shipping':false}",
    [WOO_TAX] =
        "{'id':0,'rate_code':'','rate_id':0,'label':'VAT','compound':false,'tax_total':'0.00',"
        "'shipping_tax_total':'0.00','rate_percent':0,'meta_data':[]}",
    [WOO_REFUND] =
        "{'id':0,'date_created':null,'date_created_gmt':null,'amount':'','reason':'','refunded_by':1,"
        "'refunded_payment':false,'meta_data':[],'line_items':[],'shipping_lines':[],'tax_lines':[],"
        "'fee_lines':[]}",
    [WOO_SETTING] =
        "{'id':'woocommerce_store_address','label':'Address line 1',"
        "'description':'The street address for your business location.','type':'text','default':'',"
        "'tip':'The street address for your business location.','value':''}",
    [WOO_SYSTEM] =
        "{'environment':{'home_url':'','site_url':'','store_id':'be19d4c2-3ac3-4543-99d4-5efa2b6a1e76',"
        "'version':'9.9.5','log_directory':'/srv/woo/wp-content/uploads/wc-logs/',"
        "'log_directory_writable':true,'wp_version':'6.9','wp_multisite':false,'wp_memory_limit':805306368,"
        "'wp_debug_mode':true,'wp_cron':false,'language':'en_US','external_object_cache':null,"
        "'server_info':'nginx/1.22.1','server_architecture':'Linux x86_64','php_version':'8.2.36',"
        "'php_post_max_size':67108864,'php_max_execution_time':300,'php_max_input_vars':1000,"
        "'curl_version':'7.88.1, OpenSSL/3.0.22','suhosin_installed':false,'max_upload_size':67108864,"
        "'mysql_version':'10.11.19','mysql_version_string':'10.11.19-MariaDB-0+deb12u1',"
        "'default_timezone':'UTC','fsockopen_or_curl_enabled':true,'soapclient_enabled':true,"
        "'domdocument_enabled':true,'gzip_enabled':true,'mbstring_enabled':true,"
        "'remote_post_successful':false,'remote_post_response':false,'remote_get_successful':false,"
        "'remote_get_response':false},'database':{'wc_database_version':'9.9.5','database_prefix':'wp_',"
        "'maxmind_geoip_database':'',"
        "'database_tables':{'woocommerce':{'wp_woocommerce_sessions':{'data':'0.02','index':'0.02',"
        "'engine':'InnoDB'},'wp_woocommerce_api_keys':{'data':'0.02','index':'0.03','engine':'InnoDB'}},"
        "'other':{'wp_actionscheduler_actions':{'data':'0.20','index':'0.22','engine':'InnoDB'}}},"
        "'database_size':{'data':2.25,'index':2.5}},"
        "'active_plugins':[{'plugin':'woocommerce/woocommerce.php','name':'WooCommerce','version':'9.9.5',"
        "'version_latest':'9.9.5','url':'https://woocommerce.com/','author_name':'Automattic',"
        "'author_url':'https://woocommerce.com','network_activated':false}],'inactive_plugins':[],"
        "'dropins_mu_plugins':{'dropins':[],'mu_plugins':[]},'theme':{'name':'Twenty Twenty-Four',"
        "'version':'1.3','version_latest':0,'author_url':'https://wordpress.org','is_child_theme':false,"
        "'is_block_theme':true,'has_woocommerce_support':false,'has_woocommerce_file':false,"
        "'has_outdated_templates':false,'overrides':[],'parent_name':'','parent_version':'',"
        "'parent_version_latest':'','parent_author_url':''},'settings':{'api_enabled':false,"
        "'force_ssl':false,'currency':'EUR','currency_symbol':'&euro;','currency_position':'left',"
        "'thousand_separator':'.','decimal_separator':',','number_of_decimals':2,'geolocation_enabled':false,"
        "'taxonomies':{'external':'external','grouped':'grouped','simple':'simple','variable':'variable'},"
        "'product_visibility_terms':{'exclude-from-catalog':'exclude-from-catalog',"
        "'exclude-from-search':'exclude-from-search','featured':'featured','outofstock':'outofstock',"
        "'rated-1':'rated-1','rated-2':'rated-2','rated-3':'rated-3','rated-4':'rated-4',"
        "'rated-5':'rated-5'},'woocommerce_com_connected':'no','enforce_approved_download_dirs':true,"
        "'order_datastore':'Automattic/WooCommerce/Internal/DataStores/Orders/OrdersTableDataStore',"
        "'HPOS_enabled':true,'HPOS_sync_enabled':false,'enabled_features':['analytics','marketplace',"
        "'order_attribution']},'security':{'secure_connection':false,'hide_errors':true},"
        "'pages':[{'page_name':'Shop base','page_id':'6','page_set':true,'page_exists':true,"
        "'page_visible':true,'shortcode':'','block':'','shortcode_required':false,'shortcode_present':false,"
        "'block_present':false,'block_required':false}],'post_type_counts':[{'type':'attachment',"
        "'count':'9'},{'type':'page','count':'7'}],'logging':{'logging_enabled':true,"
        "'default_handler':'Automattic/WooCommerce/Internal/Admin/Logging/LogHandlerFileV2',"
        "'retention_period_days':30,'level_threshold':'','log_directory_size':'27 KB'}}",
};
/* clang-format on */

json_t *woo_skeleton(enum woo_skeleton which)
{
    char *text = sim_dup(skeletons[which]);
    for (char *p = text; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    json_t *document = json_loads(text, 0, NULL);
    assert(document);
    free(text);
    return document;
}

void woo_set(json_t *document, const char *name, json_t *value)
{
    assert(json_object_get(document, name));
    json_object_set_new(document, name, value);
}
