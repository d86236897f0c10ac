CREATE TABLE regions (
    region_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    country TEXT NOT NULL
);
CREATE TABLE stores (
    store_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    region_id INTEGER NOT NULL REFERENCES regions (region_id),
    city TEXT NOT NULL,
    opened_on DATE NOT NULL,
    floor_area_m2 INTEGER NOT NULL,
    is_open BOOLEAN NOT NULL
);
CREATE TABLE employees (
    employee_id INTEGER PRIMARY KEY,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    job_title TEXT NOT NULL,
    store_id INTEGER REFERENCES stores (store_id),
    manager_id INTEGER REFERENCES employees (employee_id),
    hired_on DATE NOT NULL,
    left_on DATE,
    salary INTEGER NOT NULL
);
CREATE TABLE customers (
    customer_id INTEGER PRIMARY KEY,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT,
    city TEXT NOT NULL,
    country TEXT NOT NULL,
    birth_year INTEGER,
    segment TEXT NOT NULL,
    signed_up_on DATE NOT NULL,
    newsletter BOOLEAN NOT NULL
);
CREATE TABLE categories (
    category_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    parent_id INTEGER REFERENCES categories (category_id)
);
CREATE TABLE suppliers (
    supplier_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    country TEXT NOT NULL,
    rating REAL
);
CREATE TABLE products (
    product_id INTEGER PRIMARY KEY,
    sku TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    category_id INTEGER NOT NULL REFERENCES categories (category_id),
    supplier_id INTEGER NOT NULL REFERENCES suppliers (supplier_id),
    unit_price DECIMAL(10, 2) NOT NULL,
    unit_cost DECIMAL(10, 2) NOT NULL,
    launched_on DATE NOT NULL,
    discontinued_on DATE
);
CREATE TABLE campaigns (
    campaign_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    channel TEXT NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    budget DECIMAL(10, 2) NOT NULL
);
CREATE TABLE orders (
    order_id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (customer_id),
    store_id INTEGER REFERENCES stores (store_id),
    employee_id INTEGER REFERENCES employees (employee_id),
    campaign_id INTEGER REFERENCES campaigns (campaign_id),
    ordered_at TIMESTAMP NOT NULL,
    channel TEXT NOT NULL,
    status TEXT NOT NULL,
    shipping_city TEXT,
    shipping_country TEXT
);
CREATE TABLE order_items (
    order_item_id INTEGER PRIMARY KEY,
    order_id INTEGER NOT NULL REFERENCES orders (order_id),
    product_id INTEGER NOT NULL REFERENCES products (product_id),
    quantity INTEGER NOT NULL,
    unit_price DECIMAL(10, 2) NOT NULL,
    discount DECIMAL(10, 2) NOT NULL,
    amount DECIMAL(10, 2) NOT NULL
);
CREATE TABLE payments (
    payment_id INTEGER PRIMARY KEY,
    order_id INTEGER NOT NULL REFERENCES orders (order_id),
    paid_at TIMESTAMP NOT NULL,
    method TEXT NOT NULL,
    amount DECIMAL(10, 2) NOT NULL
);
CREATE TABLE shipments (
    shipment_id INTEGER PRIMARY KEY,
    order_id INTEGER NOT NULL REFERENCES orders (order_id),
    carrier TEXT NOT NULL,
    shipped_on DATE NOT NULL,
    delivered_on DATE
);
CREATE TABLE returns (
    return_id INTEGER PRIMARY KEY,
    order_item_id INTEGER NOT NULL REFERENCES order_items (order_item_id),
    returned_on DATE NOT NULL,
    quantity INTEGER NOT NULL,
    reason TEXT NOT NULL,
    refund DECIMAL(10, 2) NOT NULL
);
CREATE TABLE support_tickets (
    ticket_id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (customer_id),
    order_id INTEGER REFERENCES orders (order_id),
    opened_at TIMESTAMP NOT NULL,
    closed_at TIMESTAMP,
    topic TEXT NOT NULL,
    priority TEXT NOT NULL,
    satisfaction INTEGER
);
CREATE INDEX orders_by_customer ON orders (customer_id);
CREATE INDEX orders_by_time ON orders (ordered_at);
CREATE INDEX items_by_order ON order_items (order_id);
CREATE INDEX items_by_product ON order_items (product_id);
CREATE VIEW monthly_sales AS
SELECT strftime('%Y-%m-01', o.ordered_at) AS month, o.channel, SUM(i.amount) AS revenue, COUNT(DISTINCT o.order_id) AS orders
FROM orders AS o
JOIN order_items AS i ON i.order_id = o.order_id
WHERE o.status <> 'cancelled'
GROUP BY 1, 2;
